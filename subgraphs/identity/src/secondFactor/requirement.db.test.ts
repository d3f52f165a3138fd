import { newId } from '@comptoir/shared/values/uuid.ts';
import { readApiKey } from '@comptoir/shared/viewer/apiKey.ts';
import type { AnonymousViewer, KeyViewer, PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { until } from '@comptoir/testing/until.ts';
import { serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { accountsDouble } from '../testing/accountsDouble.ts';
import { type Answer, type IdentityFixture, PASSWORD, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity({ accounts: accountsDouble() });
});
afterAll(() => identity.stop());

const SET = `mutation ($input: AccountSecondFactorSetInput!) { accountSecondFactorSet(input: $input) {
  account { secondFactorRequired } userErrors { code rule field } } }`;
const ENROLL = `mutation ($input: TotpEnrollInput!) { totpEnroll(input: $input) { secret userErrors { code } } }`;
const CONFIRM = `mutation ($input: TotpConfirmInput!) { totpConfirm(input: $input) { recoveryCodes userErrors { code } } }`;
const DISABLE = `mutation ($input: TotpDisableInput!) { totpDisable(input: $input) { disabled userErrors { code rule } } }`;
const REMOVE = `mutation ($input: UserTotpRemoveInput!) { userTotpRemove(input: $input) { done userErrors { code } } }`;
const LOG_IN = `mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) {
  session { sessionId membership { accountId secondFactorMissing } } challenge { token } userErrors { code } } }`;
const SWITCH = `mutation ($input: SessionSwitchInput!) { sessionSwitch(input: $input) {
  session { membership { accountId secondFactorMissing } } userErrors { code } } }`;
const START = `mutation ($input: LoginAsStartInput!) { loginAsStart(input: $input) { loginAs { id } tokens { accessToken } userErrors { code rule } } }`;
const STANDING = `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) {
  membershipId accountId areas secondFactor secondFactorFor actors { loginAsId } refusal } }`;

const standing = async (credential: Record<string, unknown>): Promise<Answer> =>
  (await identity.execute(STANDING, { credential }, serviceViewer('gateway'))).data?.credentialStanding;
const logIn = (email: string, accountId?: string): Promise<Answer> =>
  identity.ask(LOG_IN, { email, password: PASSWORD, accountId });
const waiting = (person: PersonViewer, sessionId: string): AnonymousViewer => ({
  kind: 'ANONYMOUS',
  userId: person.userId,
  sessionId,
  requestId: newId(),
  address: '127.0.0.1',
  networks: [],
  secondFactorFor: person.accountId,
});
/** As the mutation, whose rules are tested apart. */
const require = (accountId: string) =>
  identity.admin.query('insert into access.account_second_factor (account, since) values ($1, now())', [accountId]);
async function enrol(viewer: Viewer): Promise<string> {
  const { secret } = await identity.ask(ENROLL, { password: PASSWORD }, viewer);
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
  expect((await identity.ask(CONFIRM, { code }, viewer)).userErrors).toEqual([]);
  return secret;
}
async function reach(holder: string, account: string, area: string, secondFactor: boolean): Promise<void> {
  for (const verb of area === 'LINK' ? ['READ'] : ['READ', 'WRITE'])
    await identity.admin.query(
      `insert into access.reach (holder, account, area, verb, valid, partnership_id, second_factor)
       values ($1, $2, $3, $4, tstzrange(now() - interval '1 second', null), $5, $6)`,
      [holder, account, area, verb, newId(), area !== 'LINK' && secondFactor],
    );
}

test('N25 who requires a second factor has one: nobody locks themselves out, and only people who hold SECURITY decide', async () => {
  const owner = await identity.person();
  expect(await identity.ask(SET, { required: true }, owner)).toEqual({
    account: null,
    userErrors: [{ code: 'WOULD_LOCK_YOU_OUT', rule: 'N25', field: ['input', 'required'] }],
  });
  await enrol(owner);
  const done = { account: { secondFactorRequired: true }, userErrors: [] };
  expect(await identity.ask(SET, { required: true }, owner)).toEqual(done);
  expect(await identity.ask(SET, { required: true }, owner)).toEqual(done);
  const { sessionId: _, ...acting } = owner;
  const key: KeyViewer = { ...acting, kind: 'KEY', keyId: newId() };
  const small = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['TRACKERS:WRITE'] });
  for (const viewer of [key, small, { ...owner, branches: [newId()] }]) {
    const { errors } = await identity.execute(SET, { input: { required: false } }, viewer);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
  expect((await identity.ask(SET, { required: false }, owner)).account).toEqual({ secondFactorRequired: false });
});

test('N25 of requiring and taking away at once one waits for the other, and nobody locks themselves out', async () => {
  const owner = await identity.person();
  await enrol(owner);
  // As `totpDisable`, up to its commit.
  await identity.admin.query('begin');
  await identity.admin.query('select from app_user where id = $1 for update', [owner.userId]);
  await identity.admin.query('delete from totp where user_id = $1', [owner.userId]);
  const requiring = identity.ask(SET, { required: true }, owner);
  try {
    await until(async () => {
      const { rows } = await identity.admin.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length === 1;
    }, 'the requirement to wait for the person');
  } finally {
    await identity.admin.query('commit');
  }
  expect((await requiring).userErrors).toMatchObject([{ code: 'WOULD_LOCK_YOU_OUT' }]);
});

test('N25 what is closed for want of a second factor is a decision that is found by its id', async () => {
  const person = await identity.person();
  await require(person.accountId);
  const viewer = waiting(person, (await logIn(person.email)).session.sessionId);
  const closed = await identity.execute(SET, { input: { required: false } }, viewer);
  const id = closed.errors?.[0]?.extensions.decisionId;
  await enrol(viewer);
  const DECISION = 'query ($id: ID!) { decision(id: $id) { decision action code rule } }';
  const { data } = await identity.execute(DECISION, { id }, { ...person, secondFactor: true });
  const told = { decision: 'DENIED', action: 'accountSecondFactorSet', code: 'SECOND_FACTOR_REQUIRED', rule: 'N25' };
  expect((data as Answer).decision).toEqual(told);
});

test('N25 who lacks it logs in to enrolment and nothing else, and goes on after it without logging in again', async () => {
  const person = await identity.person();
  await require(person.accountId);
  const { session } = await logIn(person.email);
  expect(session.membership).toEqual({ accountId: person.accountId, secondFactorMissing: true });
  const { sessionId } = session;
  const { accountId } = person;
  expect(await standing({ sessionId, accountId })).toEqual({
    membershipId: null,
    accountId: null,
    areas: [],
    secondFactor: false,
    secondFactorFor: accountId,
    actors: [],
    refusal: null,
  });
  const viewer = waiting(person, sessionId);
  const closed = await identity.execute(SET, { input: { required: false } }, viewer);
  expect(closed.errors?.[0]).toMatchObject({ extensions: { code: 'SECOND_FACTOR_REQUIRED', rule: 'N25' } });
  expect(closed.errors?.[0]?.message).toContain('totpEnroll');
  const { data } = await identity.execute('{ viewer { account { id } membership { id } user { id } } }', {}, viewer);
  expect(data?.viewer).toEqual({ account: null, membership: null, user: { id: person.userId } });

  await enrol(viewer);
  expect(await standing({ sessionId, accountId })).toMatchObject({
    membershipId: person.membershipId,
    accountId,
    secondFactor: true,
    secondFactorFor: null,
  });
});

test('N25 a switch, and a session that was open before, are judged alike; other accounts stay open, keys are not asked', async () => {
  const person = await identity.person();
  const free = newId();
  await identity.join(person.userId, free);
  const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret } }`;
  const { secret } = await identity.ask(CREATE, { name: 'k', areas: [{ area: 'TRACKERS', verb: 'READ' }] }, person);
  const { session } = await logIn(person.email, person.accountId);
  const { sessionId } = session;
  const { accountId } = person;
  expect((await standing({ sessionId, accountId })).accountId).toBe(accountId);
  await require(accountId);
  expect(await standing({ sessionId, accountId })).toMatchObject({ accountId: null, secondFactorFor: accountId });
  expect(await standing({ sessionId, accountId: free })).toMatchObject({ accountId: free, secondFactorFor: null });
  const viewer = { ...person, accountId: free, sessionId };
  const switched = await identity.ask(SWITCH, { accountId }, viewer);
  expect(switched.session.membership).toEqual({ accountId, secondFactorMissing: true });
  expect(await standing({ keyHash: readApiKey(secret) })).toMatchObject({ accountId, secondFactorFor: null });
});

test('N25 a second factor that an account requires is not taken away', async () => {
  const person = await identity.person();
  await enrol(person);
  await require(person.accountId);
  expect(await identity.ask(DISABLE, { password: PASSWORD }, person)).toEqual({
    disabled: null,
    userErrors: [{ code: 'SECOND_FACTOR_REQUIRED', rule: 'N25' }],
  });
  await identity.ask(SET, { required: false }, person);
  expect((await identity.ask(DISABLE, { password: PASSWORD }, person)).disabled).toBe(true);
});

test('N25 a log-in-as needs what the client, or the partnership, requires; one that goes on stops when it is required', async () => {
  const actor = await identity.person();
  const [byAccount, byPartnership] = [newId(), newId()];
  for (const [client, flag] of [
    [byAccount, false],
    [byPartnership, true],
  ] as const) {
    await reach(actor.accountId, client, 'LINK', flag);
    await reach(actor.accountId, client, 'SECURITY', flag);
  }
  const start = (accountId: string, viewer: Viewer): Promise<Answer> =>
    identity.ask(START, { accountId, reason: 'ticket' }, viewer);
  const parent = (await logIn(actor.email)).session.sessionId;
  const viewer = { ...actor, sessionId: parent };
  const open = await start(byAccount, viewer);
  expect(open.userErrors).toEqual([]);
  await require(byAccount);
  const refused = { loginAs: null, tokens: null, userErrors: [{ code: 'SECOND_FACTOR_REQUIRED', rule: 'N25' }] };
  for (const client of [byAccount, byPartnership]) expect(await start(client, viewer)).toEqual(refused);
  // Staff enter, too.
  const staff = await identity.person({ role: 'STAFF' });
  expect(await start(byAccount, { ...staff, sessionId: parent })).toEqual(refused);
  const { rows } = await identity.admin.query('select id from session where login_as_id = $1', [open.loginAs.id]);
  const going = await standing({ sessionId: rows[0].id });
  expect(going).toMatchObject({ secondFactorFor: byAccount, actors: [{ loginAsId: open.loginAs.id }] });
  expect((await start(byPartnership, { ...viewer, secondFactor: true })).userErrors).toEqual([]);
});

test('N25 people of a partner see nothing of a client that requires it, by account or partnership, but that it is there', async () => {
  const partner = await identity.person();
  const [plain, byAccount, byPartnership] = [await identity.person(), await identity.person(), await identity.person()];
  for (const [client, flag] of [
    [plain, false],
    [byAccount, false],
    [byPartnership, true],
  ] as const) {
    await reach(partner.accountId, client.accountId, 'LINK', flag);
    await reach(partner.accountId, client.accountId, 'SECURITY', flag);
  }
  await require(byAccount.accountId);
  const { sessionId: _, ...acting } = partner;
  const seen = async (client: PersonViewer, viewer: Viewer): Promise<boolean> => {
    const { data } = await identity.execute(
      'query ($id: ID!) { membership(id: $id) { id } }',
      { id: client.membershipId },
      viewer,
    );
    return data?.membership !== null;
  };
  const missing = async (client: PersonViewer, viewer: Viewer): Promise<Answer> => {
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Account { secondFactorMissing } } }`;
    const { data } = await identity.execute(query, { r: [{ __typename: 'Account', id: client.accountId }] }, viewer);
    return (data as Answer)._entities[0].secondFactorMissing;
  };
  for (const client of [byAccount, byPartnership]) {
    expect(await seen(client, partner)).toBe(false);
    expect(await missing(client, partner)).toBe(true);
    expect(await seen(client, { ...partner, secondFactor: true })).toBe(true);
    expect(await missing(client, { ...partner, secondFactor: true })).toBe(false);
    expect(await seen(client, { ...acting, kind: 'KEY', keyId: newId() })).toBe(true);
  }
  expect(await seen(plain, partner)).toBe(true);
  expect(await missing(plain, partner)).toBe(false);
  // Of an account that it does not reach nothing is told.
  const stranger = await identity.person();
  await require(stranger.accountId);
  expect(await missing(stranger, partner)).toBe(false);
});

test('N07 N08 N25 explanations say that a second factor is missing, and know what was required when', async () => {
  const owner = await identity.person();
  const EXPLAIN = `query ($input: ExplainAccessInput!) { explainAccess(input: $input) { allowed missing { kind rule } } }`;
  const WHO = `query ($resource: AccessResourceInput!) { whoCanAccess(resource: $resource, area: TRACKERS, verb: WRITE) { nodes { membership { id } } } }`;
  const explain = async (at?: string): Promise<Answer> =>
    (await identity.execute(EXPLAIN, { input: { action: 'TRACKERS:WRITE', at } }, owner)).data?.explainAccess;
  const who = async (): Promise<Answer> => {
    const { data } = await identity.execute(WHO, { resource: { type: 'ACCOUNT', id: owner.accountId } }, owner);
    return (data as Answer).whoCanAccess.nodes;
  };
  const before = new Date().toISOString();
  expect((await explain()).allowed).toBe(true);
  expect(await who()).toHaveLength(1);
  await until(() => new Date().toISOString() > before, 'the next millisecond');
  await require(owner.accountId);
  expect(await explain()).toEqual({ allowed: false, missing: { kind: 'SECOND_FACTOR', rule: 'N25' } });
  expect(await who()).toHaveLength(0);
  expect((await explain(before)).allowed).toBe(true);
  await enrol(owner);
  expect((await explain()).allowed).toBe(true);
  expect(await who()).toHaveLength(1);
});

test('N25 staff help somebody who lost their second factor: same answer for anybody, sessions end, a mail, a trail in their accounts', async () => {
  const person = await identity.person();
  await enrol(person);
  await require(person.accountId);
  const { rows: opened } = await identity.admin.query(
    `insert into session (id, user_id, refresh_generation, refresh_hash, rotated_at, expires_at, created_at)
     values ($1, $2, 0, $3, now(), now() + interval '1 day', now()) returning id`,
    [newId(), person.userId, newId()],
  );
  const staff = staffViewer();
  const remove = (email: string, reason = 'Passport seen in a video call'): Promise<Answer> =>
    identity.ask(REMOVE, { email, reason }, staff);
  const done = { done: true, userErrors: [] };
  expect(await remove(`${newId()}@example.org`)).toEqual(done);
  expect(await remove(person.email)).toEqual(done);
  expect(await remove(person.email)).toEqual(done);
  expect((await remove(person.email, ' ')).userErrors).toEqual([{ code: 'REASON_NOT_READABLE' }]);
  const { errors } = await identity.execute(REMOVE, { input: { email: person.email, reason: 'why not' } }, person);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const { sessionId: _, ...acting } = staff;
  const byKey: KeyViewer = { ...acting, kind: 'KEY', keyId: newId() };
  const script = await identity.execute(REMOVE, { input: { email: person.email, reason: 'a script' } }, byKey);
  expect(script.errors?.[0]?.extensions.code).toBe('FORBIDDEN');

  const { rows: sessions } = await identity.admin.query('select revoked_at from session where id = $1', [opened[0].id]);
  expect(sessions[0].revoked_at).not.toBeNull();
  const { rows: trail } = await identity.admin.query(
    `select t.user_id, t.reason, t.subjects from access.trail_account a join access.trail t on t.id = a.trail_id
     where a.account_id = $1 and t.action = 'userTotpRemove' and t.decision = 'DONE'`,
    [person.accountId],
  );
  expect(trail).toHaveLength(1);
  expect(trail[0]).toMatchObject({ user_id: staff.userId, reason: 'Passport seen in a video call' });
  expect(trail[0].subjects).toContain(`userId:${person.userId}`);
  await identity.subgraph.startJobs();
  const mail = await identity.mailbox.waitFor(
    person.email,
    ({ subject }) => subject.includes('our staff') || subject.includes('Our staff'),
  );
  expect(mail.text).toContain('all of your sessions have ended');
  // And at the next log-in they are led through enrolment.
  expect((await logIn(person.email)).session.membership.secondFactorMissing).toBe(true);
});
