import { newId } from '@comptoir/shared/values/uuid.ts';
import { verifyAccessToken } from '@comptoir/shared/viewer/accessToken.ts';
import { anonymous, serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LOCK_MS } from '../passwords/loginGuess.ts';
import { type IdentityFixture, LOG_IN, PASSWORD, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const code = (answer: { userErrors: { code: string }[] }): string | undefined => answer.userErrors[0]?.code;
const address = (n: number): string => `198.51.100.${n}`;

test('O12 logs in: a token for the only account', async () => {
  const { email, userId, accountId, membershipId } = await identity.person();
  const { session, userErrors } = await identity.logIn(` ${email.toUpperCase()} `);
  expect(userErrors).toEqual([]);
  expect(session).toMatchObject({ membership: { id: membershipId, accountId }, memberships: [{ id: membershipId }] });
  expect(await verifyAccessToken(session.accessToken, identity.publicKey)).toEqual({
    userId,
    accountId,
    sessionId: session.sessionId,
  });
});

test('O13 O14 a person with several accounts chooses one, at log-in or later', async () => {
  const { email, userId, accountId } = await identity.person();
  const other = newId();
  await identity.join(userId, other);
  const none = (await identity.logIn(email)).session;
  expect(none.membership).toBeNull();
  expect(none.memberships.map((each: { accountId: string }) => each.accountId)).toEqual([accountId, other]);
  expect((await identity.logIn(email, PASSWORD, { accountId: other })).session.membership.accountId).toBe(other);
  for (const wrong of [newId(), 'no id', '']) {
    expect(code(await identity.logIn(email, PASSWORD, { accountId: wrong }))).toBe('ACCOUNT_NOT_FOUND');
  }

  const SWITCH = `mutation ($input: SessionSwitchInput!) { sessionSwitch(input: $input) { session { accessToken refreshToken } userErrors { code } } }`;
  const viewer = { ...anonymous(), userId, sessionId: none.sessionId, networks: [] };
  const switched = await identity.ask(SWITCH, { accountId: other }, viewer);
  expect(await verifyAccessToken(switched.session.accessToken, identity.publicKey)).toMatchObject({ accountId: other });
  expect(switched.session.refreshToken).toBeNull();
  expect(code(await identity.ask(SWITCH, { accountId: newId() }, viewer))).toBe('ACCOUNT_NOT_FOUND');
});

test('O14 G18 whoever lost the account that their session chose is a person without one; any other account stays a refusal', async () => {
  const { email, userId, accountId } = await identity.person();
  const { session } = await identity.logIn(email);
  const STANDING = `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) { userId accountId role areas refusal } }`;
  const standing = async (named: string): Promise<unknown> => {
    const credential = { sessionId: session.sessionId, accountId: named };
    return (await identity.execute(STANDING, { credential }, serviceViewer('gateway'))).data?.credentialStanding;
  };
  expect(await standing(accountId)).toMatchObject({ accountId, role: 'OWNER', refusal: null });
  await identity.admin.query(`update membership set status = 'REMOVED' where user_id = $1`, [userId]);
  expect(await standing(accountId)).toEqual({ userId, accountId: null, role: null, areas: [], refusal: null });
  expect(await standing(newId())).toMatchObject({ accountId: null, areas: [], refusal: expect.any(String) });
});

test('GUARD an unknown e-mail, a wrong password, a person without one and an inactive one get the same answer and the same statements', async () => {
  const known = await identity.person();
  const inactive = await identity.person();
  const without = await identity.person();
  await identity.admin.query(`update app_user set status = 'INACTIVE' where id = $1`, [inactive.userId]);
  await identity.admin.query('update app_user set password_hash = null where id = $1', [without.userId]);
  const answers = [];
  for (const [email, password] of [
    [known.email, 'not the password'],
    [`${newId()}@example.org`, PASSWORD],
    [inactive.email, PASSWORD],
    [without.email, PASSWORD],
    ['no e-mail at all', PASSWORD],
  ] as const) {
    identity.statements();
    const answer = await identity.logIn(email, password);
    // The row of the audit trail travels as text, with an id of its own.
    const statements = identity.statements().map((sql) => sql.replace(/trail_add\(.*\)/s, 'trail_add(…)'));
    answers.push(JSON.stringify([answer, statements]));
  }
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toContain('LOGIN_FAILED');
});

test('A47 A48 five wrong passwords lock the e-mail in that network for five minutes, right password or not, and nowhere else', async () => {
  const { email } = await identity.person();
  for (let wrong = 0; wrong < 5; wrong += 1)
    expect(code(await identity.logIn(email, 'wrong', { address: address(1) }))).toBe('LOGIN_FAILED');
  const locked = await identity.logIn(email, PASSWORD, { address: address(1) });
  expect(locked).toMatchObject({ session: null, userErrors: [{ code: 'LOGIN_LOCKED', rule: 'A47' }] });
  expect(await identity.logIn(email, 'wrong', { address: address(1) })).toEqual(locked);
  expect((await identity.logIn(email, PASSWORD, { address: address(2) })).session).not.toBeNull();

  const wait = Date.parse(locked.retryAt) - Date.now();
  expect(wait).toBeGreaterThan(LOCK_MS - 60_000);
  identity.pass(LOCK_MS);
  expect((await identity.logIn(email, PASSWORD, { address: address(1) })).session).not.toBeNull();
});

test('GUARD sessions that are open go on during a lock', async () => {
  const { email } = await identity.person();
  const { session } = await identity.logIn(email, PASSWORD, { address: address(6) });
  for (let wrong = 0; wrong < 5; wrong += 1) await identity.logIn(email, 'wrong', { address: address(6) });
  expect(code(await identity.logIn(email, PASSWORD, { address: address(6) }))).toBe('LOGIN_LOCKED');
  const REFRESH = `mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) { session { sessionId } userErrors { code } } }`;
  const STANDING = `query ($input: CredentialInput!) { credentialStanding(credential: $input) { accountId } }`;
  const refreshed = await identity.ask(REFRESH, { refreshToken: session.refreshToken }, anonymous(address(6)));
  expect(refreshed.session.sessionId).toBe(session.sessionId);
  expect(await identity.ask(STANDING, { sessionId: session.sessionId }, serviceViewer('gateway'))).not.toBeNull();
});

test('A47 an unknown e-mail is locked alike', async () => {
  const email = `${newId()}@example.org`;
  for (let wrong = 0; wrong < 5; wrong += 1) await identity.logIn(email, 'wrong', { address: address(3) });
  expect(code(await identity.logIn(email, 'wrong', { address: address(3) }))).toBe('LOGIN_LOCKED');
});

test('A47 a success begins the count anew', async () => {
  const { email } = await identity.person();
  for (let round = 0; round < 2; round += 1) {
    for (let wrong = 0; wrong < 4; wrong += 1) expect(code(await identity.logIn(email, 'wrong'))).toBe('LOGIN_FAILED');
    expect((await identity.logIn(email)).session).not.toBeNull();
  }
});

test('A47 guesses sent at once count like guesses sent one by one', async () => {
  const { email } = await identity.person();
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => identity.logIn(email, 'wrong', { address: address(4) })),
  );
  expect(answers.map(code).sort()).toEqual([...Array(5).fill('LOGIN_FAILED'), ...Array(7).fill('LOGIN_LOCKED')]);
});

test('A47 right passwords sent at once are all right', async () => {
  const { email } = await identity.person();
  const answers = await Promise.all(Array.from({ length: 10 }, () => identity.logIn(email)));
  expect(answers.map(code)).toEqual(Array(10).fill(undefined));
});

test('GUARD twenty guesses an hour are looked at, wherever they come from; known networks and the link keep the owner in', async () => {
  const { email } = await identity.person();
  expect((await identity.logIn(email, PASSWORD, { address: '203.0.113.1' })).session).not.toBeNull();
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, n) => identity.logIn(email, 'wrong', { address: `2001:db8:0:${n}::1` })),
  );
  expect(answers.filter((answer) => code(answer) === 'LOGIN_FAILED')).toHaveLength(20);
  const over = await identity.logIn(email, PASSWORD, { address: address(5) });
  expect(over).toMatchObject({ session: null, userErrors: [{ code: 'LOGIN_LOCKED', rule: 'A47' }] });
  expect((await identity.logIn(email, PASSWORD, { address: '203.0.113.1' })).session).not.toBeNull();
  identity.pass(3_600_000);
  expect((await identity.logIn(email, PASSWORD, { address: address(5) })).session).not.toBeNull();
});

test('G11 an address outside the list of membership or account is refused at log-in, after the password only', async () => {
  const { email, membershipId, accountId } = await identity.person();
  await identity.admin.query(`update membership set networks = '{10.0.0.0/8}' where id = $1`, [membershipId]);
  expect(await identity.logIn(email)).toMatchObject({
    session: null,
    userErrors: [{ code: 'ADDRESS_NOT_ALLOWED', rule: 'G11' }],
  });
  expect(code(await identity.logIn(email, 'wrong'))).toBe('LOGIN_FAILED');
  expect((await identity.logIn(email, PASSWORD, { address: '10.4.4.4' })).session).not.toBeNull();
  await identity.admin.query(`insert into access.account_network values ($1, '{10.5.0.0/16}')`, [accountId]);
  expect(code(await identity.logIn(email, PASSWORD, { address: '10.4.4.4' }))).toBe('ADDRESS_NOT_ALLOWED');
  expect((await identity.logIn(email, PASSWORD, { address: '10.5.4.4' })).session).not.toBeNull();
});

test('no secret stays in the database in usable form', async () => {
  const { email } = await identity.person();
  const { session } = await identity.logIn(email);
  const { rows } = await identity.admin.query('select row_to_json(s)::text as text from session s where id = $1', [
    session.sessionId,
  ]);
  expect(rows).toHaveLength(1);
  expect(rows[0].text).not.toContain(session.refreshToken);
  const guesses = await identity.admin.query(
    'select email_hash from login_lock union all select email_hash from login_guess',
  );
  expect(guesses.rows.every((row) => /^[0-9a-f]{64}$/.test(row.email_hash))).toBe(true);
});

test('a message too long is an answer, not a crash', async () => {
  const answer = await identity.ask(LOG_IN, { email: 'x'.repeat(100_000), password: 'y'.repeat(100_000) });
  expect(code(answer)).toBe('LOGIN_FAILED');
});
