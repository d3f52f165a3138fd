import { newId } from '@comptoir/shared/values/uuid.ts';
import { until } from '@comptoir/testing/until.ts';
import { anonymous } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, startIdentity, tokenIn } from '../testing/identityFixture.ts';
import { HOUR_MS, MAX_PER_HOUR, MINUTE_MS } from './mailLimit.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const REQUEST = `mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { mailTo userErrors { code } } }`;
const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo userErrors { code } } }`;
const RESET = `mutation ($input: PasswordResetInput!) { passwordReset(input: $input) { session { sessionId } userErrors { code } } }`;

const ask = (email: string): Promise<Answer> => identity.ask(REQUEST, { email });
const mailsTo = (email: string): number => identity.mailbox.all().filter(({ to }) => to === email).length;

/** Resolves when every mail job that was queued so far is done. */
async function jobsAreDone(): Promise<void> {
  await until(async () => {
    const { rows } = await identity.admin.query(
      `select count(*)::int as waiting from identity_jobs.job where name = 'mail' and state <> 'completed'`,
    );
    return rows[0].waiting === 0;
  }, 'all mails to be sent');
}

test('GUARD one mail of a kind a minute goes to an address, whoever asks, and the answer is the same', async () => {
  const { email } = await identity.person();
  const answers = [await ask(email), await ask(email), await ask(email)];
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  await jobsAreDone();
  expect(mailsTo(email)).toBe(1);
  identity.pass(MINUTE_MS);
  await ask(email);
  await jobsAreDone();
  expect(mailsTo(email)).toBe(2);
});

test('GUARD five mails an hour go to an address, of whatever kind', async () => {
  const { email } = await identity.person();
  for (let n = 0; n < MAX_PER_HOUR + 2; n += 1) {
    if (n % 2 === 0) await ask(email);
    else await identity.ask(SIGN_UP, { email, accountName: 'Again', language: 'EN' });
    await jobsAreDone();
    identity.pass(MINUTE_MS);
  }
  expect(mailsTo(email)).toBe(MAX_PER_HOUR);
  identity.pass(HOUR_MS);
  await ask(email);
  await jobsAreDone();
  expect(mailsTo(email)).toBe(MAX_PER_HOUR + 1);
});

test('GUARD whoever asks again and again does not void the link that was mailed', async () => {
  const { email } = await identity.person();
  await ask(email);
  const mail = await identity.mailbox.waitFor(email);
  for (let n = 0; n < 3; n += 1) await ask(email);
  await jobsAreDone();
  const { session } = await identity.ask(
    RESET,
    { token: tokenIn(mail.text), password: 'a wholly new password' },
    anonymous(),
  );
  expect(session).not.toBeNull();
});

test('GUARD requests at once send one mail', async () => {
  const email = `${newId()}@example.org`;
  await Promise.all(
    Array.from({ length: 8 }, () => identity.ask(SIGN_UP, { email, accountName: 'At once', language: 'FR' })),
  );
  await jobsAreDone();
  expect(mailsTo(email)).toBe(1);
  const { rows } = await identity.admin.query('select count(*)::int from mail_count where email_hash = $1', [email]);
  expect(rows).toEqual([{ count: 0 }]);
});
