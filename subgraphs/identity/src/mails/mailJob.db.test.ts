import { systemClock } from '@comptoir/shared/clock.ts';
import type { JobContext } from '@comptoir/shared/localSubgraph.ts';
import { createLog } from '@comptoir/shared/log.ts';
import { newId } from '@comptoir/shared/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { type IdentityFixture, startIdentity, tokenIn } from '../testing/identityFixture.ts';
import { sendMail } from './mailJob.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

/** The worker as the queue runs it, at the test's own pace, against that SMTP server. */
function worker(smtpUrl: string) {
  const config = {
    signingKey: {},
    refreshSecret: 'unused here',
    publicUrl: 'https://comptoir.test',
    mail: { smtpUrl, from: 'a@b.test' },
  };
  const tx = {
    query: async (sql: string, values: unknown[]) => (await identity.admin.query(sql, values)).rows,
  } as unknown as EntityManager;
  const work: JobContext = {
    clock: systemClock,
    log: createLog('test', { level: 'fatal' }),
    call: () => Promise.reject(new Error('Nobody is asked.')),
    system: (_requestId, unit) => unit(tx),
  };
  return sendMail(config)(work);
}

async function link(email: string): Promise<string> {
  const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo } }`;
  await identity.ask(SIGN_UP, { email, accountName: 'A', language: 'EN' });
  return (await identity.admin.query('select id from link where email = $1', [email])).rows[0].id;
}
const mailsTo = (email: string) => identity.mailbox.all().filter((mail) => mail.to === email);

test('a mail server that is down fails the job; the next attempt sends, and one more sends nothing', async () => {
  const email = `${newId()}@example.org`;
  const [linkId, jobId] = [await link(email), newId()];
  await expect(worker('smtp://127.0.0.1:1')({ linkId }, jobId)).rejects.toThrow(/ECONNREFUSED/);
  expect(mailsTo(email)).toEqual([]);
  const send = worker(identity.mailbox.smtpUrl);
  await send({ linkId }, jobId);
  await send({ linkId }, jobId);
  expect(mailsTo(email)).toHaveLength(1);
});

test('should the note of a mail be lost, it goes out again, and the newer secret is the good one', async () => {
  const email = `${newId()}@example.org`;
  const [linkId, jobId] = [await link(email), newId()];
  const send = worker(identity.mailbox.smtpUrl);
  await send({ linkId }, jobId);
  await identity.admin.query('delete from mail where id = $1', [jobId]);
  await send({ linkId }, jobId);
  const [first, second] = mailsTo(email).map((mail) => tokenIn(mail.text));
  expect(first).not.toBe(second);
  const COMPLETE = `mutation ($input: SignUpCompleteInput!) { signUpComplete(input: $input) { session { sessionId } userErrors { code } } }`;
  const complete = (token: string | undefined) => identity.ask(COMPLETE, { token, password: 'a fine new password' });
  expect((await complete(first)).userErrors).toEqual([{ code: 'LINK_NOT_VALID' }]);
  expect((await complete(second)).session).not.toBeNull();
});
