import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { anonymous } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import {
  type Answer,
  type IdentityFixture,
  LOG_IN,
  PASSWORD,
  SESSION,
  startIdentity,
  tokenIn,
} from '../testing/identityFixture.ts';

let identity: IdentityFixture;
/** How far real time was moved; codes are for that time. */
let ahead = 0;
beforeAll(async () => {
  identity = await startIdentity();
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const ENROLL = `mutation ($input: TotpEnrollInput!) { totpEnroll(input: $input) { uri secret retryAt userErrors { code rule } } }`;
const CONFIRM = `mutation ($input: TotpConfirmInput!) { totpConfirm(input: $input) { recoveryCodes userErrors { code } } }`;
const DISABLE = `mutation ($input: TotpDisableInput!) { totpDisable(input: $input) { disabled userErrors { code } } }`;
const START = LOG_IN.replace('retryAt', 'challenge { token expiresAt } retryAt');
const TOTP_STEP = `mutation ($input: SessionTotpInput!) { sessionTotp(input: $input) { ${SESSION} retryAt userErrors { code rule } } }`;
const STATE = `{ viewer { totp { enabledAt recoveryCodesLeft } } }`;

const pass = (ms: number): void => {
  ahead += ms;
  identity.pass(ms);
};
const codeOf = (secret: string): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + ahead });
/** A code that is none of the three that are good now. */
const wrongFor = (secret: string): string => {
  const good = [-30_000, 0, 30_000].map((off) =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + ahead + off }),
  );
  return ['000000', '111111', '222222', '333333'].find((code) => !good.includes(code)) as string;
};
const code = (answer: Answer): string | undefined => answer.userErrors[0]?.code;

type Enrolled = PersonViewer & { email: string; secret: string; recoveryCodes: string[] };

async function enrolled(): Promise<Enrolled> {
  const person = await identity.person();
  const { uri, secret } = await identity.ask(ENROLL, { password: PASSWORD }, person);
  expect(uri).toContain(secret);
  const { recoveryCodes } = await identity.ask(CONFIRM, { code: codeOf(secret) }, person);
  pass(30_000);
  return { ...person, secret, recoveryCodes };
}
const start = (email: string, address = '127.0.0.1', password = PASSWORD): Promise<Answer> =>
  identity.ask(START, { email, password }, anonymous(address));
const step = (challenge: string, given: string, address = '127.0.0.1'): Promise<Answer> =>
  identity.ask(TOTP_STEP, { challenge, code: given }, anonymous(address));
async function challengeOf(email: string, address?: string): Promise<string> {
  const answer = await start(email, address);
  expect(answer).toMatchObject({ session: null, userErrors: [{ code: 'TOTP_REQUIRED' }] });
  return answer.challenge.token;
}

test('P the right password gives a challenge and no session; the code gives the session, once', async () => {
  const person = await enrolled();
  expect((await identity.execute(STATE, {}, person)).data).toMatchObject({
    viewer: { totp: { recoveryCodesLeft: 10 } },
  });
  const before = await identity.admin.query('select count(*)::int from session where user_id = $1', [person.userId]);
  const challenge = await challengeOf(person.email);
  expect(
    await identity.admin.query('select count(*)::int from session where user_id = $1', [person.userId]),
  ).toMatchObject({ rows: before.rows });
  const given = codeOf(person.secret);
  expect(await step(challenge, given)).toMatchObject({
    session: { membership: { id: person.membershipId } },
    userErrors: [],
  });
  pass(30_000);
  expect(code(await step(challenge, codeOf(person.secret)))).toBe('CHALLENGE_NOT_VALID');
});

test('P a code is good once, also within its thirty seconds; the one before it is over too', async () => {
  const person = await enrolled();
  const given = codeOf(person.secret);
  const [one, other] = [await challengeOf(person.email), await challengeOf(person.email)];
  const answers = await Promise.all([step(one, given), step(other, given)]);
  expect(answers.map(code).sort()).toEqual(['CODE_WRONG', undefined]);
  expect(code(await step(await challengeOf(person.email), given))).toBe('CODE_WRONG');
});

test('P a challenge ends after five minutes', async () => {
  const person = await enrolled();
  const challenge = await challengeOf(person.email);
  pass(5 * 60_000);
  expect(code(await step(challenge, codeOf(person.secret)))).toBe('CHALLENGE_NOT_VALID');
  expect(code(await step('no challenge', '000000'))).toBe('CHALLENGE_NOT_VALID');
});

test('P a recovery code gets in once, as it is typed', async () => {
  const person = await enrolled();
  const given = ` ${(person.recoveryCodes[3] as string).toLowerCase().replace('-', ' ')}`;
  expect(code(await step(await challengeOf(person.email), given))).toBeUndefined();
  expect(code(await step(await challengeOf(person.email), given))).toBe('CODE_WRONG');
  expect((await identity.execute(STATE, {}, person)).data).toMatchObject({
    viewer: { totp: { recoveryCodesLeft: 9 } },
  });
});

test('A47 wrong codes count like wrong passwords, and the right password between them forgives none', async () => {
  const person = await enrolled();
  const address = '198.51.100.20';
  for (let wrong = 0; wrong < 4; wrong += 1)
    expect(code(await step(await challengeOf(person.email, address), wrongFor(person.secret), address))).toBe(
      'CODE_WRONG',
    );
  const last = await challengeOf(person.email, address);
  expect(code(await step(last, wrongFor(person.secret), address))).toBe('CODE_WRONG');
  const locked = await step(last, codeOf(person.secret), address);
  expect(locked).toMatchObject({ session: null, userErrors: [{ code: 'LOGIN_LOCKED', rule: 'A47' }] });
  expect(Date.parse(locked.retryAt)).toBeGreaterThan(Date.now() + ahead);
  expect(code(await start(person.email, address))).toBe('LOGIN_LOCKED');
  expect(
    code(await step(await challengeOf(person.email, '198.51.100.21'), codeOf(person.secret), '198.51.100.21')),
  ).toBeUndefined();
});

test('A47 codes sent at once are counted like codes sent one by one', async () => {
  const person = await enrolled();
  const address = '198.51.100.22';
  const challenges = [];
  for (let n = 0; n < 10; n += 1) challenges.push(await challengeOf(person.email, address));
  const answers = await Promise.all(challenges.map((each) => step(each, wrongFor(person.secret), address)));
  expect(answers.filter((answer) => code(answer) === 'CODE_WRONG')).toHaveLength(5);
});

test('A45 a reset does not pass by the second factor: the link gives a challenge, also during a lock, for five codes', async () => {
  const person = await enrolled();
  const address = '198.51.100.23';
  for (let wrong = 0; wrong < 5; wrong += 1) await start(person.email, address, 'wrong');
  const REQUEST = `mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { mailTo } }`;
  const RESET = `mutation ($input: PasswordResetInput!) { passwordReset(input: $input) { session { sessionId } challenge { token } userErrors { code } } }`;
  await identity.ask(REQUEST, { email: person.email });
  const mail = await identity.mailbox.waitFor(person.email, ({ text }) => text.includes('token='));
  const { session, challenge } = await identity.ask(RESET, {
    token: tokenIn(mail.text),
    password: 'a wholly new password',
  });
  expect(session).toBeNull();
  expect(code(await step(challenge.token, wrongFor(person.secret), address))).toBe('CODE_WRONG');
  expect(code(await step(challenge.token, codeOf(person.secret), address))).toBeUndefined();
});

test('A45 a new password ends the challenges that the old one opened', async () => {
  const person = await enrolled();
  const challenge = await challengeOf(person.email);
  const CHANGE = `mutation ($input: PasswordChangeInput!) { passwordChange(input: $input) { changed userErrors { code } } }`;
  expect(
    await identity.ask(CHANGE, { password: PASSWORD, newPassword: 'a wholly new password' }, person),
  ).toMatchObject({ changed: true });
  expect(code(await step(challenge, codeOf(person.secret)))).toBe('CHALLENGE_NOT_VALID');
});

test('P enrolling needs the password, and holds after its first code only', async () => {
  const person = await identity.person();
  expect(code(await identity.ask(ENROLL, { password: 'not the password' }, person))).toBe('PASSWORD_WRONG');
  const older = await identity.ask(ENROLL, { password: PASSWORD }, person);
  const newer = await identity.ask(ENROLL, { password: PASSWORD }, person);
  expect((await identity.logIn(person.email)).session).not.toBeNull();
  expect(code(await identity.ask(CONFIRM, { code: codeOf(older.secret) }, person))).toBe('CODE_WRONG');
  expect((await identity.ask(CONFIRM, { code: codeOf(newer.secret) }, person)).recoveryCodes).toHaveLength(10);
  expect(code(await identity.ask(CONFIRM, { code: codeOf(newer.secret) }, person))).toBe('TOTP_NOT_PENDING');
  expect(code(await identity.ask(ENROLL, { password: PASSWORD }, person))).toBe('TOTP_ALREADY_ON');
});

test('P it is taken away with the password or a code, never with both or neither; wrong ones count', async () => {
  const person = await enrolled();
  for (const input of [{}, { password: PASSWORD, code: '123456' }])
    expect(code(await identity.ask(DISABLE, input, person))).toBe('PASSWORD_OR_CODE');
  expect(code(await identity.ask(DISABLE, { code: wrongFor(person.secret) }, person))).toBe('CODE_WRONG');
  expect(code(await identity.ask(DISABLE, { password: 'wrong' }, person))).toBe('PASSWORD_WRONG');
  expect((await identity.ask(DISABLE, { code: codeOf(person.secret) }, person)).disabled).toBe(true);
  expect((await identity.logIn(person.email)).session).not.toBeNull();
  expect((await identity.execute(STATE, {}, person)).data).toEqual({ viewer: { totp: null } });
});

test('GUARD neither secret nor recovery code is in the database in usable form, and requests cannot read what is', async () => {
  const person = await enrolled();
  const { rows } = await identity.admin.query(
    `select row_to_json(t)::text as text from totp t where user_id = $1
     union all select row_to_json(c)::text from recovery_code c where user_id = $1`,
    [person.userId],
  );
  expect(rows).toHaveLength(11);
  for (const { text } of rows) {
    expect(text).not.toContain(person.secret);
    for (const each of person.recoveryCodes) expect(text).not.toContain(each.replace('-', ''));
  }
  await identity.admin.query('begin');
  await identity.admin.query('set local role comptoir_identity');
  await expect(identity.admin.query('select secret from totp')).rejects.toThrow(/permission denied/);
  await identity.admin.query('rollback');
});
