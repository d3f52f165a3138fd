import { anonymous } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';
import { RETRY_MS } from './refreshToken.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const REFRESH = `mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) {
  session { sessionId refreshToken refreshTokenExpiresAt membership { accountId } } userErrors { code } } }`;
const refresh = async (refreshToken: string): Promise<Answer> => {
  const { session, userErrors } = await identity.ask(REFRESH, { refreshToken });
  return session ?? userErrors[0].code;
};
const revoked = async (id: string): Promise<string | null> =>
  (await identity.admin.query('select revoked_reason from session where id = $1', [id])).rows[0].revoked_reason;

test('GUARD a refresh gives the next token and keeps session and account', async () => {
  const { email, accountId } = await identity.person();
  const { session } = await identity.logIn(email);
  const second = await refresh(session.refreshToken);
  expect(second).toMatchObject({ sessionId: session.sessionId, membership: { accountId } });
  const third = await refresh(second.refreshToken);
  expect(new Set([session, second, third].map((each) => each.refreshToken)).size).toBe(3);
});

test('GUARD a retry within ten seconds, or at the same time, gets the same successor', async () => {
  const { email } = await identity.person();
  const { session } = await identity.logIn(email);
  const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(session.refreshToken)));
  expect(new Set(answers.map((each) => each.refreshToken)).size).toBe(1);
  expect(await refresh(session.refreshToken)).toEqual(answers[0]);
  expect((await refresh(answers[0].refreshToken)).sessionId).toBe(session.sessionId);
});

test('GUARD the reuse of an old token ends the session for everybody', async () => {
  const { email } = await identity.person();
  const { session } = await identity.logIn(email);
  const second = await refresh(session.refreshToken);
  identity.pass(RETRY_MS + 1);
  expect(await refresh(session.refreshToken)).toBe('REFRESH_NOT_VALID');
  expect(await revoked(session.sessionId)).toBe('REFRESH_REUSED');
  expect(await refresh(second.refreshToken)).toBe('REFRESH_NOT_VALID');
});

test('GUARD a token that is made up ends nothing', async () => {
  const { email } = await identity.person();
  const { session } = await identity.logIn(email);
  const forged = `${session.refreshToken.slice(0, -1)}${session.refreshToken.endsWith('A') ? 'Q' : 'A'}`;
  for (const text of [forged, '', 'rt_', session.accessToken]) expect(await refresh(text)).toBe('REFRESH_NOT_VALID');
  expect(await revoked(session.sessionId)).toBeNull();
  expect(await refresh(session.refreshToken)).toMatchObject({ sessionId: session.sessionId });
});

test('G18 a log-out, an inactive person and thirty days end it', async () => {
  const { email, userId } = await identity.person();
  const [out, idle, gone] = [
    (await identity.logIn(email)).session,
    (await identity.logIn(email)).session,
    (await identity.logIn(email)).session,
  ];
  const viewer = { ...anonymous(), userId, sessionId: out.sessionId, networks: [] };
  expect(await identity.ask('mutation { sessionEnd { sessionId } }', null, viewer)).toEqual({
    sessionId: out.sessionId,
  });
  expect(await revoked(out.sessionId)).toBe('LOG_OUT');
  expect(await refresh(out.refreshToken)).toBe('REFRESH_NOT_VALID');
  expect(await refresh(gone.refreshToken)).toMatchObject({ sessionId: gone.sessionId });
  await identity.admin.query(`update app_user set status = 'INACTIVE' where id = $1`, [userId]);
  expect(await refresh(gone.refreshToken)).toBe('REFRESH_NOT_VALID');
  await identity.admin.query(`update app_user set status = 'ACTIVE' where id = $1`, [userId]);
  identity.pass(31 * 86_400_000);
  expect(await refresh(idle.refreshToken)).toBe('REFRESH_NOT_VALID');
});

test('a session of somebody else cannot be ended', async () => {
  const { email } = await identity.person();
  const other = await identity.person();
  const { session } = await identity.logIn(email);
  await identity.ask('mutation { sessionEnd { sessionId } }', null, {
    ...anonymous(),
    userId: other.userId,
    sessionId: session.sessionId,
    networks: [],
  });
  expect(await revoked(session.sessionId)).toBeNull();
});
