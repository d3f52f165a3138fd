import { newId } from '@comptoir/shared/values/uuid.ts';
import { until } from '@comptoir/testing/until.ts';
import { anonymous } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Answer,
  type IdentityFixture,
  PASSWORD,
  SESSION,
  startIdentity,
  tokenIn,
} from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const REQUEST = `mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { mailTo userErrors { code } } }`;
const RESET = `mutation ($input: PasswordResetInput!) { passwordReset(input: $input) { ${SESSION} userErrors { code } } }`;
const REFRESH = `mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) { session { sessionId } userErrors { code } } }`;
const NEW = 'a wholly new password';

async function mailedToken(email: string): Promise<string> {
  const before = identity.mailbox.all().length;
  await identity.ask(REQUEST, { email });
  const mail = await identity.mailbox.waitFor(email, (each) => identity.mailbox.all().indexOf(each) >= before);
  return tokenIn(mail.text);
}
const reset = (token: string, password = NEW, address?: string): Promise<Answer> =>
  identity.ask(RESET, { token, password }, anonymous(address));

test('A45 a mailed link sets a new password, once, and ends every session', async () => {
  const { email } = await identity.person();
  const before = (await identity.logIn(email)).session;
  const token = await mailedToken(email);
  const { session, userErrors } = await reset(token);
  expect(userErrors).toEqual([]);
  expect(session.membership).not.toBeNull();
  expect((await identity.ask(REFRESH, { refreshToken: before.refreshToken })).userErrors).toEqual([
    { code: 'REFRESH_NOT_VALID' },
  ]);
  expect((await identity.ask(REFRESH, { refreshToken: session.refreshToken })).session.sessionId).toBe(
    session.sessionId,
  );
  expect((await identity.logIn(email, PASSWORD)).userErrors[0].code).toBe('LOGIN_FAILED');
  expect((await identity.logIn(email, NEW)).session).not.toBeNull();
  expect((await reset(token)).userErrors).toEqual([{ code: 'LINK_NOT_VALID' }]);
});

test('A45 the answer and the work are the same for an e-mail without a login, which gets no mail', async () => {
  const { email } = await identity.person();
  const stranger = `${newId()}@example.org`;
  const answers = [];
  for (const each of [stranger, email]) {
    identity.statements();
    const answer = JSON.stringify(await identity.ask(REQUEST, { email: each })).replace(each, '');
    answers.push([answer, identity.statements().filter((sql) => /into link|enqueue/.test(sql))]);
  }
  expect(answers[0]).toEqual(answers[1]);
  await identity.mailbox.waitFor(email);
  expect(identity.mailbox.all().filter((mail) => mail.to === stranger)).toEqual([]);
});

test('A45 the link is good for an hour, and a newer one ends it', async () => {
  const { email } = await identity.person();
  const older = await mailedToken(email);
  identity.pass(60_000);
  const newer = await mailedToken(email);
  expect((await reset(older)).userErrors).toEqual([{ code: 'LINK_NOT_VALID' }]);
  identity.pass(3_600_000);
  expect((await reset(newer)).userErrors).toEqual([{ code: 'LINK_NOT_VALID' }]);
  expect((await identity.logIn(email, PASSWORD)).session).not.toBeNull();
});

test('A49 a reset can be asked for during a lock and does not lift it; the link itself gets the owner in', async () => {
  const { email } = await identity.person();
  const address = '198.51.100.9';
  for (let wrong = 0; wrong < 5; wrong += 1) await identity.logIn(email, 'wrong', { address });
  const { session } = await reset(await mailedToken(email), NEW, address);
  expect(session).not.toBeNull();
  expect((await identity.logIn(email, NEW, { address })).userErrors[0].code).toBe('LOGIN_LOCKED');
});

test('G11 a link gets its owner in from anywhere, but not into an account that does not admit the address', async () => {
  const { email, membershipId } = await identity.person();
  await identity.admin.query(`update membership set networks = '{10.0.0.0/8}' where id = $1`, [membershipId]);
  const { session } = await reset(await mailedToken(email));
  expect(session).toMatchObject({ membership: null, memberships: [{ id: membershipId }] });
});

test('GUARD of two who follow a link at once the second finds it used', async () => {
  const { email, userId } = await identity.person();
  const token = await mailedToken(email);
  // Anyone who comes first stops at the person's row, with the link taken and not yet committed; the second meets it
  // there.
  await identity.admin.query('begin');
  await identity.admin.query('select from app_user where id = $1 for update', [userId]);
  const both = [reset(token, 'the password of the one'), reset(token, 'the password of the other')];
  await until(async () => {
    const { rows } = await identity.admin.query(
      // Those that wait for this connection, and those that wait for them.
      `select count(distinct pid)::int as waiting from pg_locks
       where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))
          or not granted and exists (select from unnest(pg_blocking_pids(pid)) as b where pg_backend_pid() = any (pg_blocking_pids(b)))`,
    );
    return rows[0].waiting === 2;
  }, 'both to wait');
  await identity.admin.query('rollback');
  const answers = await Promise.all(both);
  expect(answers.filter((answer) => answer.session !== null)).toHaveLength(1);
  expect(answers.flatMap((answer) => answer.userErrors)).toEqual([{ code: 'LINK_NOT_VALID' }]);
});
