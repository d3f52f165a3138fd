import { openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { done, logIn, ok, PASSWORD, type Person, signUp } from './people.ts';

/**
 * What a person does for their own login: a second factor, sessions, a new password, another e-mail; what a key leaves
 * behind.
 */
let installation: TestInstallation;
let marie: Person;
beforeAll(async () => {
  installation = await openTestInstallation();
  marie = await signUp(installation, 'marie@boulangerie.example', 'Boulangerie Martin');
});
afterAll(() => installation.stop());

const ENROLL = `mutation ($input: TotpEnrollInput!) { totpEnroll(input: $input) { uri secret userErrors { code } } }`;
const CONFIRM = `mutation ($input: TotpConfirmInput!) { totpConfirm(input: $input) { recoveryCodes userErrors { code } } }`;
const LOG_IN = `mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) { session { accessToken } challenge { token } userErrors { code } } }`;
const STEP = `mutation ($input: SessionTotpInput!) { sessionTotp(input: $input) { session { accessToken sessionId } userErrors { code } } }`;
const DISABLE = `mutation ($input: TotpDisableInput!) { totpDisable(input: $input) { disabled userErrors { code } } }`;
const SESSIONS = `{ viewer { totp { recoveryCodesLeft } sessions { nodes { id current account { name } } } } }`;
const REVOKE = `mutation ($input: SessionRevokeInput!) { sessionRevoke(input: $input) { sessionId userErrors { code } } }`;
const CHANGE = `mutation ($input: PasswordChangeInput!) { passwordChange(input: $input) { changed userErrors { code } } }`;
const EMAIL = `mutation ($input: EmailChangeInput!) { emailChange(input: $input) { mailTo userErrors { code } } }`;
const EMAIL_CONFIRM = `mutation ($input: EmailChangeConfirmInput!) { emailChangeConfirm(input: $input) { changed userErrors { code } } }`;
const KEY =
  'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } secret userErrors { code } } }';

const opens = async (token: string): Promise<boolean> =>
  (await installation.ask('{ viewer { user { id } } }', {}, token)).status === 200;

test('P Marie turns on a second factor, logs in with it, with a recovery code, and turns it off', async () => {
  const { secret } = await done(installation, ENROLL, { password: PASSWORD }, marie.token);
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  const { recoveryCodes } = await done(installation, CONFIRM, { code: totp.generate() }, marie.token);
  expect(recoveryCodes).toHaveLength(10);
  const credentials = { email: marie.email, password: PASSWORD };
  const { session, challenge, userErrors } = await ok(installation, LOG_IN, credentials, null);
  expect([session, userErrors]).toEqual([null, [{ code: 'TOTP_REQUIRED' }]]);
  // The code of the next thirty seconds: the one of now was used to confirm.
  const code = totp.generate({ timestamp: Date.now() + 30_000 });
  const inside = await done(installation, STEP, { challenge: challenge.token, code }, null);
  expect(await opens(inside.session.accessToken)).toBe(true);

  const again = await ok(installation, LOG_IN, credentials, null);
  await done(installation, STEP, { challenge: again.challenge.token, code: recoveryCodes[0] }, null);
  const { data } = await installation.ask(SESSIONS, {}, marie.token);
  expect(data.viewer.totp).toEqual({ recoveryCodesLeft: 9 });
  await done(installation, DISABLE, { code: recoveryCodes[1] }, marie.token);
  await installation.mailbox.waitFor(marie.email, ({ subject }) => /désactivée/.test(subject));
});

test('P she sees her sessions, ends one from elsewhere, and a new password ends the rest', async () => {
  const elsewhere = await logIn(installation, marie.email);
  const another = await logIn(installation, marie.email);
  const { data } = await installation.ask(SESSIONS, {}, elsewhere.token);
  const own = data.viewer.sessions.nodes.find((node: { current: boolean }) => node.current);
  expect(own.account.name).toBe('Boulangerie Martin');
  await done(installation, REVOKE, { sessionId: own.id }, marie.token);
  await until(async () => !(await opens(elsewhere.token)), 'the other session to end');

  await done(installation, CHANGE, { password: PASSWORD, newPassword: 'an entirely new password' }, marie.token);
  await until(async () => !(await opens(another.token)), 'the session from before the change to end');
  expect(await opens(marie.token)).toBe(true);
});

test('P she moves to another e-mail, agreed from both', async () => {
  const newEmail = 'marie@nouvelle.example';
  await done(installation, EMAIL, { password: 'an entirely new password', newEmail }, marie.token);
  for (const [address, changed] of [
    [newEmail, false],
    [marie.email, true],
  ] as const) {
    const { text } = await installation.mailbox.waitFor(address, ({ subject }) => /e-mail/.test(subject));
    const token = /token=([\w-]+)/.exec(text)?.[1];
    expect((await done(installation, EMAIL_CONFIRM, { token }, null)).changed).toBe(changed);
  }
  await logIn(installation, newEmail, 'an entirely new password');
  const page = await fetch(`${installation.url}/email?token=x`, { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
});

test('G15 a key’s last use is noted within seconds, and a refused address leaves no trace (G11)', async () => {
  const area = [{ area: 'TRACKERS', verb: 'READ' }];
  const used = await done(installation, KEY, { name: 'Used', areas: area }, marie.token);
  const refused = await done(
    installation,
    KEY,
    { name: 'Refused', areas: area, networks: ['10.0.0.0/8'] },
    marie.token,
  );
  expect((await installation.ask('{ viewer { apiKey { id } } }', {}, refused.secret)).status).toBe(403);
  expect((await installation.ask('{ viewer { apiKey { id } } }', {}, used.secret)).status).toBe(200);
  const lastUsed = async (id: string): Promise<Date | null> =>
    (await installation.admin.query('select last_used_at from identity.api_key where id = $1', [id])).rows[0]
      .last_used_at;
  await until(async () => (await lastUsed(used.apiKey.id)) !== null, 'the use of the key to be noted');
  expect(await lastUsed(refused.apiKey.id)).toBeNull();
});

test('GUARD five log-ins a request and no sixth, however they are written', async () => {
  const field = (n: number): string =>
    `a${n}: sessionCreate(input: { email: "x@example.org", password: "wrong" }) { userErrors { code } }`;
  const five = Array.from({ length: 5 }, (_, n) => field(n)).join(' ');
  expect((await installation.ask(`mutation { ${five} }`)).errors).toBeUndefined();
  const spread = `mutation { ...F ...G } fragment F on Mutation { ${five} } fragment G on Mutation { signUp(input: { email: "x@example.org", accountName: "X", language: EN }) { mailTo } }`;
  for (const query of [`mutation { ${five} ${field(5)} }`, spread]) {
    const { data, errors } = await installation.ask(query);
    expect([data, errors?.[0]?.extensions.code]).toEqual([undefined, 'OPERATION_TOO_LARGE']);
  }
});
