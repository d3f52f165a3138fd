import { type Answer, openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { done, hireStaff, logIn, ok, PASSWORD, type Person, signUp } from './people.ts';

/**
 * A partner logs in as a client that it manages: with a reason, for an hour at most, seen and ended by the client (A59,
 * N12).
 */
let installation: TestInstallation;
let partner: Person;
let client: Person;
let staff: Person;

const CONVERT = `mutation ($input: AccountConvertToPartnerInput!) { accountConvertToPartner(input: $input) { userErrors { code } } }`;
const REQUEST = `mutation ($input: PartnershipRequestInput!) { partnershipRequest(input: $input) { partnership { id } userErrors { code } } }`;
const ACCEPT = `mutation ($input: PartnershipAcceptInput!) { partnershipAccept(input: $input) { userErrors { code } } }`;
const END_PARTNERSHIP = `mutation ($input: PartnershipEndInput!) { partnershipEnd(input: $input) { userErrors { code } } }`;
const START = `mutation ($input: LoginAsStartInput!) { loginAsStart(input: $input) {
  loginAs { id reason active until byStaff } tokens { accessToken accessTokenExpiresAt } userErrors { code rule field } } }`;
const RENEW = `mutation ($input: LoginAsRenewInput!) { loginAsRenew(input: $input) { tokens { accessToken } userErrors { code } } }`;
const END = `mutation ($input: LoginAsEndInput!) { loginAsEnd(input: $input) { loginAs { active endedAt endedBy } userErrors { code } } }`;
const WHO = `{ viewer { user { email } account { id name } membership { id } loginAs { id actorAccountId reason } } }`;
const SEEN = `query ($id: ID!, $active: Boolean) { account(id: $id) { loginAsSessions(active: $active) { nodes {
  id reason active startedAt until endedAt endedBy byStaff actorAccountId actorAccountName actor { displayName } } } } }`;
const TRACKER = `mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id name } userErrors { code } } }`;
const TRAIL = `query ($id: ID!) { account(id: $id) { trail(first: 1, action: "trackerCreate") { nodes { decision actors { accountId loginAsId } } } } }`;
const NETWORKS = `mutation ($input: AccountNetworksSetInput!) { accountNetworksSet(input: $input) { userErrors { code } } }`;
const END_SESSION = 'mutation { sessionEnd { sessionId } }';
const SESSIONS = `{ viewer { sessions { nodes { id current loginAs { id account { id } } } } } }`;

const AREAS = [
  { area: 'SECURITY', verb: 'WRITE' },
  { area: 'TRACKERS', verb: 'WRITE' },
  { area: 'BILLING', verb: 'READ' },
];

beforeAll(async () => {
  installation = await openTestInstallation();
  staff = await hireStaff(installation, 'staff@provider.example');
  partner = await signUp(installation, 'lou@agence.example', 'Agence Lumière');
  client = await signUp(installation, 'marie@boulangerie.example', 'Boulangerie Martin');
  await done(installation, CONVERT, { accountId: partner.accountId }, staff.token);
  await attach();
});
afterAll(() => installation.stop());

let partnershipId: string;
async function attach(areas = AREAS): Promise<void> {
  const { partnership } = await done(installation, REQUEST, { clientId: client.accountId, areas }, partner.token);
  partnershipId = partnership.id;
  await done(installation, ACCEPT, { partnershipId }, client.token);
}
const start = (who: Person, input: object = {}): Promise<Answer['data']> =>
  ok(
    installation,
    START,
    { accountId: client.accountId, reason: 'Ticket 4711: a tracker is silent', minutes: 30, ...input },
    who.token,
  );
async function started(who = partner): Promise<{ id: string; token: string }> {
  const { loginAs, tokens, userErrors } = await start(who);
  expect(userErrors).toEqual([]);
  return { id: loginAs.id, token: tokens.accessToken };
}
const opens = async (token: string): Promise<boolean> => (await installation.ask(WHO, {}, token)).status === 200;
/** Waits until the token is refused. */
async function bites(token: string): Promise<void> {
  await until(async () => !(await opens(token)), 'the log-in as the client to end');
}
const seen = async (active?: boolean, token = client.token): Promise<Answer['data'][]> =>
  (await installation.ask(SEEN, { id: client.accountId, active }, token)).data.account.loginAsSessions.nodes;

test('A59 N12 a partner acts for its client as itself, seen live, told by mail, and the client ends it', async () => {
  const { id, token } = await started();
  const { data, errors } = await installation.ask(WHO, {}, token);
  expect(errors).toBeUndefined();
  expect(data.viewer).toEqual({
    user: { email: partner.email },
    account: { id: client.accountId, name: 'Boulangerie Martin' },
    membership: null,
    loginAs: { id, actorAccountId: partner.accountId, reason: 'Ticket 4711: a tracker is silent' },
  });
  // RFC 8693: the token says who acts.
  expect(decodeJwt(token)).toMatchObject({ acc: client.accountId, act: { acc: partner.accountId, lia: id } });
  expect((decodeJwt(token).exp as number) - Date.now() / 1_000).toBeLessThanOrEqual(600);

  const { tracker } = await done(installation, TRACKER, { kind: 'QR_CODE', name: 'Vitrine' }, token);
  const { rows } = await installation.admin.query('select account_id from trackers.tracker where id = $1', [
    tracker.id,
  ]);
  expect(rows).toEqual([{ account_id: client.accountId }]);
  // The row that it wrote says who wrote it, as whom, and through what; the client reads it.
  const written = await installation.admin.query(
    `select decision, user_id, account_id, actors from access.trail where action = 'trackerCreate' and $1 = any(subjects)`,
    [`id:${tracker.id}`],
  );
  const { rows: who } = await installation.admin.query('select id from identity.app_user where email = $1', [
    partner.email,
  ]);
  const chain = [{ userId: who[0].id, accountId: partner.accountId, loginAsId: id }];
  expect(written.rows).toEqual([{ decision: 'DONE', user_id: who[0].id, account_id: client.accountId, actors: chain }]);
  const trail = await installation.ask(TRAIL, { id: client.accountId }, client.token);
  const [entry] = trail.data.account.trail.nodes;
  expect(entry).toMatchObject({ decision: 'DONE', actors: [{ accountId: partner.accountId, loginAsId: id }] });

  expect(await seen(true)).toMatchObject([
    {
      id,
      active: true,
      reason: 'Ticket 4711: a tracker is silent',
      byStaff: false,
      actorAccountId: partner.accountId,
      actorAccountName: 'Agence Lumière',
      actor: { displayName: 'lou' },
      endedAt: null,
    },
  ]);
  const mail = await installation.mailbox.waitFor(
    client.email,
    ({ subject }) => /Agence Lumière/.test(subject) && /connecté/.test(subject),
  );
  expect(mail.text).toContain('Ticket 4711: a tracker is silent');

  const ended = await done(installation, END, { loginAsId: id }, client.token);
  expect(ended.loginAs).toMatchObject({ active: false, endedBy: 'CLIENT' });
  await bites(token);
  expect(await seen(true)).toEqual([]);
  expect((await seen(false)).map((each) => each.id)).toContain(id);
  expect((await ok(installation, RENEW, { loginAsId: id }, partner.token)).userErrors).toEqual([
    { code: 'LOGIN_AS_NOT_FOUND' },
  ]);
});

test('N12 it opens what the partner holds and the client granted, no more', async () => {
  const { id, token } = await started();
  const wallet = `query ($id: ID!) { account(id: $id) { wallets { id } } }`;
  expect((await installation.ask(wallet, { id: client.accountId }, token)).errors).toBeUndefined();
  const grant = `mutation ($input: DelegationAcceptInput!) { delegationAccept(input: $input) { userErrors { code } } }`;
  const refused = await installation.ask(grant, { input: { delegationId: id } }, token);
  expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'BILLING:WRITE' });
  const accounts = await installation.ask('{ accounts { nodes { id } } }', {}, token);
  expect(accounts.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const own = await installation.ask(
    'query ($id: ID!) { account(id: $id) { id networks } }',
    { id: partner.accountId },
    token,
  );
  expect(own.data?.account?.networks ?? null).toBeNull();
  await done(installation, END, { loginAsId: id }, partner.token);
});

test('N12 nothing that the client’s people must do themselves, and no second hop', async () => {
  const { id, token } = await started();
  const closed: [string, unknown][] = [
    [START, { accountId: client.accountId, reason: 'a second hop', minutes: 5 }],
    [RENEW, { loginAsId: id }],
    [NETWORKS, { networks: [] }],
    [END_PARTNERSHIP, { partnershipId }],
    [
      'mutation ($input: PasswordChangeInput!) { passwordChange(input: $input) { changed } }',
      { password: PASSWORD, newPassword: 'an entirely new one' },
    ],
    [
      'mutation ($input: EmailChangeInput!) { emailChange(input: $input) { mailTo } }',
      { password: PASSWORD, newEmail: 'x@example.org' },
    ],
    [
      'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret } }',
      { name: 'Key', areas: [{ area: 'TRACKERS', verb: 'READ' }] },
    ],
    [
      'mutation ($input: SessionSwitchInput!) { sessionSwitch(input: $input) { session { sessionId } } }',
      { accountId: partner.accountId },
    ],
  ];
  for (const [query, input] of closed) {
    const { errors } = await installation.ask(query, { input }, token);
    expect([query, errors?.[0]?.extensions]).toMatchObject([query, { code: 'FORBIDDEN', rule: 'N12' }]);
  }
  const elsewhere = await installation.ask(WHO, {}, token, { 'comptoir-account': partner.accountId });
  expect(elsewhere.status).toBe(403);
  await done(installation, END, { loginAsId: id }, token);
  await bites(token);
});

test('N12 it ends with the log-out of whoever started it, and is renewed by them alone', async () => {
  const other = await logIn(installation, partner.email);
  const { id, token } = await started(other);
  expect((await ok(installation, RENEW, { loginAsId: id }, client.token)).userErrors).toEqual([
    { code: 'LOGIN_AS_NOT_FOUND' },
  ]);
  const renewed = await done(installation, RENEW, { loginAsId: id }, partner.token);
  expect(await opens(renewed.tokens.accessToken)).toBe(true);
  const { data } = await installation.ask(SESSIONS, {}, other.token);
  const listed = data.viewer.sessions.nodes.find((node: Answer['data']) => node.loginAs?.id === id);
  expect(listed).toMatchObject({ current: false, loginAs: { account: { id: client.accountId } } });
  await ok(installation, END_SESSION, {}, other.token).catch(() => undefined);
  await installation.ask(END_SESSION, {}, other.token);
  await bites(token);
  expect(await opens(renewed.tokens.accessToken)).toBe(false);
});

test('N12 logging out of the client’s account ends the log-in-as, and not the partner’s own session', async () => {
  const { id, token } = await started();
  expect((await installation.ask(END_SESSION, {}, token)).errors).toBeUndefined();
  await bites(token);
  expect((await seen(false)).find((each) => each.id === id)).toMatchObject({ endedBy: 'ACTOR' });
  expect(await opens(partner.token)).toBe(true);
});

test('N12 it ends when the client takes SECURITY or the partnership away', async () => {
  const { token } = await started();
  await done(installation, END_PARTNERSHIP, { partnershipId }, client.token);
  await bites(token);
  expect((await start(partner)).userErrors).toMatchObject([{ code: 'ACCOUNT_NOT_FOUND', rule: 'A59' }]);
  await attach([{ area: 'TRACKERS', verb: 'WRITE' }]);
  expect((await start(partner)).userErrors).toMatchObject([{ code: 'SECURITY_NOT_GRANTED', rule: 'N12' }]);
  await done(installation, END_PARTNERSHIP, { partnershipId }, client.token);
  await attach();
});

test('G11 it is refused from where the client does not admit anybody, and cut off when the list changes', async () => {
  const { token } = await started();
  await installation.admin.query(`insert into access.account_network values ($1, '{10.0.0.0/8}')`, [client.accountId]);
  await bites(token);
  expect((await start(partner)).userErrors).toMatchObject([{ code: 'ADDRESS_NOT_ALLOWED', rule: 'G11' }]);
  await installation.admin.query('delete from access.account_network where account = $1', [client.accountId]);
});

test('A59 staff log in as any account, and are no staff there', async () => {
  const { id, token } = await started(staff);
  const { data } = await installation.ask(WHO, {}, token);
  expect(data.viewer.account.id).toBe(client.accountId);
  const foreign = await installation.ask(
    'query ($id: ID!) { account(id: $id) { id kind } accounts { nodes { id } } }',
    { id: partner.accountId },
    token,
  );
  expect(foreign.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect((await seen(true)).find((each) => each.id === id)).toMatchObject({ byStaff: true });
  await done(installation, END, { loginAsId: id }, staff.token);
});

test('N12 a reason and an hour at most; strangers and accounts that do not exist look alike', async () => {
  expect((await start(partner, { reason: '  ' })).userErrors).toMatchObject([
    { code: 'REASON_NOT_READABLE', field: ['input', 'reason'] },
  ]);
  expect((await start(partner, { minutes: 61 })).userErrors).toMatchObject([{ code: 'MINUTES_NOT_READABLE' }]);
  const brief = await start(partner, { minutes: 1 });
  expect(Date.parse(brief.tokens.accessTokenExpiresAt)).toBeLessThanOrEqual(Date.parse(brief.loginAs.until));
  expect(Date.parse(brief.loginAs.until) - Date.now()).toBeLessThanOrEqual(60_000);
  await done(installation, END, { loginAsId: brief.loginAs.id }, partner.token);
  const [stranger, made] = [staff.accountId, '0198aaaa-bbbb-7ccc-8ddd-eeeeffff0000'];
  const answers = [];
  for (const accountId of [stranger, made, partner.accountId, 'no id'])
    answers.push(await start(partner, { accountId }));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0].userErrors).toMatchObject([{ code: 'ACCOUNT_NOT_FOUND' }]);
});

test('A59 A61 a cancelled account is not logged in to, and the answer says so; a stranger still sees none', async () => {
  const cancel =
    'mutation ($input: AccountCancelInput!) { accountCancel(input: $input) { account { status cancelledAt } userErrors { code } } }';
  const byPartner = await ok(
    installation,
    cancel,
    { accountId: client.accountId, reason: 'not granted' },
    partner.token,
  );
  expect(byPartner).toEqual({ account: null, userErrors: [{ code: 'ACCOUNT_NOT_FOUND' }] });
  const [running, byStaff] = [await started(), await started(staff)];
  const { account } = await done(installation, cancel, { reason: 'We close our shop' }, client.token);
  expect(account).toMatchObject({ status: 'CANCELLED' });
  // What ran ends with it: no token is good any more, the client sees the end and why, and the actor is told at the
  // next renewal.
  for (const { token } of [running, byStaff]) await bites(token);
  const over = (await seen(false)).filter(({ id }) => [running.id, byStaff.id].includes(id));
  expect(over).toHaveLength(2);
  for (const each of over) expect(each).toMatchObject({ active: false, endedBy: 'ACCOUNT_CANCELLED' });
  expect(await seen(true)).toEqual([]);
  expect((await ok(installation, RENEW, { loginAsId: running.id }, partner.token)).userErrors).toEqual([
    { code: 'ACCOUNT_CANCELLED' },
  ]);
  for (const who of [partner, staff]) {
    expect(await start(who)).toMatchObject({ tokens: null, userErrors: [{ code: 'ACCOUNT_CANCELLED', rule: 'A59' }] });
  }
  const stranger = await signUp(installation, 'sam@ailleurs.example', 'Ailleurs');
  expect((await start(stranger)).userErrors).toMatchObject([{ code: 'ACCOUNT_NOT_FOUND' }]);
  // Its own people still get in, and cancelling again changes nothing.
  const again = await done(
    installation,
    cancel,
    { reason: 'We close our shop' },
    (await logIn(installation, client.email)).token,
  );
  expect(again.account.cancelledAt).toBe(account.cancelledAt);
  const { data } = await installation.ask(
    '{ viewer { account { status trail(first: 20) { nodes { action reason } } } } }',
    {},
    client.token,
  );
  expect(data.viewer.account.status).toBe('CANCELLED');
  expect(data.viewer.account.trail.nodes).toContainEqual({ action: 'accountCancel', reason: 'We close our shop' });
  const TRAIL = `{ viewer { account { trail(first: 20, action: "loginAsEnd") { nodes {
    step rule userId actingAccountId subjects { id } } } } } }`;
  const endsIn = async (token: string): Promise<Answer['data'][]> =>
    (await installation.ask(TRAIL, {}, token)).data.viewer.account.trail.nodes.filter(
      (row: Answer['data']) => row.rule === 'A59',
    );
  const end = { step: 'its account was cancelled', actingAccountId: client.accountId };
  const subjects = [{ id: running.id }];
  expect(await endsIn(client.token)).toContainEqual({ ...end, rule: 'A59', userId: expect.any(String), subjects });
  // Who did it is the client's business; that it ended is also the partner's.
  expect(await endsIn(partner.token)).toContainEqual({ ...end, rule: 'A59', userId: null, subjects });
});
