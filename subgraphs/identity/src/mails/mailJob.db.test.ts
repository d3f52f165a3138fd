import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type IdentityFixture, startIdentity, tokenIn } from '../testing/identityFixture.ts';
import { mailWorker } from '../testing/mailWorker.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

async function link(email: string): Promise<string> {
  const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo } }`;
  await identity.ask(SIGN_UP, { email, accountName: 'A', language: 'EN' });
  return (await identity.admin.query('select id from link where email = $1', [email])).rows[0].id;
}
const mailsTo = (email: string) => identity.mailbox.all().filter((mail) => mail.to === email);

test('a mail server that is down fails the job; the next attempt sends, and one more sends nothing', async () => {
  const email = `${newId()}@example.org`;
  const [linkId, jobId] = [await link(email), newId()];
  await expect(mailWorker(identity, 'smtp://127.0.0.1:1')({ linkId }, jobId)).rejects.toThrow(/ECONNREFUSED/);
  expect(mailsTo(email)).toEqual([]);
  const send = mailWorker(identity, identity.mailbox.smtpUrl);
  await send({ linkId }, jobId);
  await send({ linkId }, jobId);
  expect(mailsTo(email)).toHaveLength(1);
});

const COMPLETE = `mutation ($input: SignUpCompleteInput!) { signUpComplete(input: $input) { session { sessionId } userErrors { code } } }`;

test.each([0, 1])(
  'should we die before the note of a mail, it goes out again as the same mail: kept is copy %d, and its link works',
  async (kept) => {
    const email = `${newId()}@example.org`;
    const [linkId, jobId] = [await link(email), newId()];
    const send = mailWorker(identity, identity.mailbox.smtpUrl);
    await send({ linkId }, jobId);
    await identity.admin.query('delete from mail where id = $1', [jobId]);
    await send({ linkId }, jobId);
    const copies = mailsTo(email);
    expect(copies).toHaveLength(2);
    expect(copies[0]).toEqual(copies[1]);
    expect(copies[0]?.messageId).toBe(`<${jobId}@comptoir.test>`);
    const token = tokenIn(copies[kept]?.text ?? '');
    expect((await identity.ask(COMPLETE, { token, password: 'a fine new password' })).session).not.toBeNull();
  },
);

test('GUARD another mail carries another Message-ID and another secret, and ends the older link', async () => {
  const email = `${newId()}@example.org`;
  const send = mailWorker(identity, identity.mailbox.smtpUrl);
  await send({ linkId: await link(email) }, newId());
  identity.pass(61_000);
  const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo } }`;
  await identity.ask(SIGN_UP, { email, accountName: 'A', language: 'EN' });
  const { rows } = await identity.admin.query('select id from link where email = $1 order by id desc', [email]);
  await identity.admin.query(`update mail_count set counted_at = counted_at - interval '2 minutes'`);
  await send({ linkId: rows[0].id }, newId());
  const [first, second] = mailsTo(email);
  expect(first?.messageId).not.toBe(second?.messageId);
  const complete = (text = '') => identity.ask(COMPLETE, { token: tokenIn(text), password: 'a fine new password' });
  expect((await complete(first?.text)).userErrors).toEqual([{ code: 'LINK_NOT_VALID' }]);
  expect((await complete(second?.text)).session).not.toBeNull();
});
