import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, PASSWORD, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const CHANGE = `mutation ($input: PasswordChangeInput!) { passwordChange(input: $input) { changed retryAt userErrors { code field rule } } }`;
const STANDING = `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) { userId } }`;
const SESSIONS = `query ($first: Int, $after: String) { viewer { sessions(first: $first, after: $after) {
  nodes { id createdAt lastSeenAt expiresAt address current account { id } loginAs { id } } pageInfo { hasNextPage endCursor } } } }`;
const REVOKE = `mutation ($input: SessionRevokeInput!) { sessionRevoke(input: $input) { sessionId userErrors { code } } }`;
const REVOKE_OTHERS = `mutation { sessionsRevokeOthers { ended } }`;
const NEW = 'a wholly new password';
const code = (answer: Answer): string | undefined => answer.userErrors[0]?.code;

/** A person with that many open sessions, as the first of them. */
async function loggedIn(sessions = 1): Promise<PersonViewer & { email: string; ids: string[] }> {
  const person = await identity.person();
  const ids: string[] = [];
  for (let n = 0; n < sessions; n += 1) {
    ids.push((await identity.logIn(person.email, PASSWORD, { address: `203.0.113.${n}` })).session.sessionId);
  }
  return { ...person, sessionId: ids[0] as string, ids };
}
async function holdsStill(sessionId: string): Promise<boolean> {
  const { data } = await identity.execute(STANDING, { credential: { sessionId } }, serviceViewer('gateway'));
  return data?.credentialStanding !== null;
}
const sessionsOf = async (viewer: PersonViewer, page: object = {}): Promise<Answer> =>
  ((await identity.execute(SESSIONS, { ...page }, viewer)).data as Answer).viewer.sessions;

test('P a changed password ends the other sessions, keeps this one, and is told by mail', async () => {
  const person = await loggedIn(3);
  expect(await identity.ask(CHANGE, { password: PASSWORD, newPassword: NEW }, person)).toEqual({
    changed: true,
    retryAt: null,
    userErrors: [],
  });
  expect(await Promise.all(person.ids.map(holdsStill))).toEqual([true, false, false]);
  expect(code(await identity.logIn(person.email, PASSWORD))).toBe('LOGIN_FAILED');
  expect((await identity.logIn(person.email, NEW)).session).not.toBeNull();
  await identity.mailbox.waitFor(person.email, ({ subject }) => subject === 'Your password was changed');
});

test('P a password is changed by whoever knows it, to one that may be, in this order', async () => {
  const person = await loggedIn();
  const attempts: [string, string, string, string[] | null][] = [
    ['wrong', 'short', 'PASSWORD_TOO_SHORT', ['input', 'newPassword']],
    ['wrong', 'x'.repeat(257), 'PASSWORD_TOO_LONG', ['input', 'newPassword']],
    [PASSWORD, 'password1234', 'PASSWORD_TOO_COMMON', ['input', 'newPassword']],
    ['wrong', NEW, 'PASSWORD_WRONG', ['input', 'password']],
  ];
  for (const [password, newPassword, expected, field] of attempts)
    expect((await identity.ask(CHANGE, { password, newPassword }, person)).userErrors).toMatchObject([
      { code: expected, field },
    ]);
  expect((await identity.logIn(person.email)).session).not.toBeNull();
});

test('A47 wrong current passwords lock like wrong ones at log-in, and share their count', async () => {
  const person = await loggedIn();
  const viewer = { ...person, address: '198.51.100.77' };
  for (let wrong = 0; wrong < 3; wrong += 1)
    expect(code(await identity.ask(CHANGE, { password: 'wrong', newPassword: NEW }, viewer))).toBe('PASSWORD_WRONG');
  for (let wrong = 0; wrong < 2; wrong += 1) await identity.logIn(person.email, 'wrong', { address: viewer.address });
  const locked = await identity.ask(CHANGE, { password: PASSWORD, newPassword: NEW }, viewer);
  expect(locked).toMatchObject({ changed: null, userErrors: [{ code: 'LOGIN_LOCKED', rule: 'A47' }] });
  expect(Date.parse(locked.retryAt)).toBeGreaterThan(Date.now());
});

test('P of two changes at once one comes second, and finds another password', async () => {
  const person = await loggedIn();
  const answers = await Promise.all(
    ['the password of the one', 'the password of the other'].map((newPassword) =>
      identity.ask(CHANGE, { password: PASSWORD, newPassword }, person),
    ),
  );
  expect(answers.map(code).sort()).toEqual(['PASSWORD_WRONG', undefined]);
});

test('P open sessions are listed, newest first, with the one that asks, page by page', async () => {
  const person = await loggedIn(3);
  const stranger = await loggedIn(1);
  const { nodes } = await sessionsOf(person);
  expect(nodes.map(({ id }: { id: string }) => id)).toEqual([...person.ids].reverse());
  expect(nodes.map(({ current }: { current: boolean }) => current)).toEqual([false, false, true]);
  expect(nodes[0]).toMatchObject({ address: '203.0.113.2', account: { id: person.accountId }, loginAs: null });
  expect(nodes[0].lastSeenAt).toBe(nodes[0].createdAt);
  const first = await sessionsOf(person, { first: 2 });
  const rest = await sessionsOf(person, { first: 2, after: first.pageInfo.endCursor });
  expect(rest.nodes.map(({ id }: { id: string }) => id)).toEqual([person.ids[0]]);
  expect((await sessionsOf(stranger)).nodes).toHaveLength(1);
});

test('P a session is revoked by its own person only, once, and opens nothing any more', async () => {
  const person = await loggedIn(2);
  const stranger = await loggedIn(1);
  const [, other] = person.ids as [string, string];
  for (const sessionId of [other, newId(), 'no id'])
    expect(code(await identity.ask(REVOKE, { sessionId }, stranger))).toBe('SESSION_NOT_FOUND');
  expect(await identity.ask(REVOKE, { sessionId: other }, person)).toEqual({ sessionId: other, userErrors: [] });
  expect(await holdsStill(other)).toBe(false);
  expect(code(await identity.ask(REVOKE, { sessionId: other }, person))).toBe('SESSION_NOT_FOUND');
  expect((await sessionsOf(person)).nodes).toHaveLength(1);
});

test('P all other sessions are revoked at once', async () => {
  const person = await loggedIn(4);
  expect(await identity.ask(REVOKE_OTHERS, null, person)).toEqual({ ended: 3 });
  expect(await Promise.all(person.ids.map(holdsStill))).toEqual([true, false, false, false]);
});
