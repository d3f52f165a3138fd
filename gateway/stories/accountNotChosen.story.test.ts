import { openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, PASSWORD, type Person, signUp } from './people.ts';

/** Somebody who is logged in and acts for no account: they are told to choose one, never to log in again. */
let installation: TestInstallation;
let marie: Person;
let other: Person;
let stranger: Person;
beforeAll(async () => {
  installation = await openTestInstallation();
  marie = await signUp(installation, 'marie@boulangerie.example', 'Boulangerie');
  other = await signUp(installation, 'paul@garage.example', 'Garage');
  stranger = await signUp(installation, 'sam@ailleurs.example', 'Ailleurs');
});
afterAll(() => installation.stop());

const LOG_IN = `mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) {
  session { accessToken memberships { accountId } membership { id } } userErrors { code } } }`;
const ACCOUNT = 'query ($id: ID!) { account(id: $id) { name } }';
const logIn = (person: Person) => done(installation, LOG_IN, { email: person.email, password: PASSWORD }, null);

/** Whatever is asked of an account; each answers alike. */
const ASKED: [query: string, variables?: Record<string, unknown>][] = [
  ['{ viewer { account { name } } account(id: "00000000-0000-7000-8000-000000000000") { name } }'],
  [
    'mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { userErrors { code } } }',
    { input: { name: 'T', kind: 'QR_CODE' } },
  ],
  [
    'mutation ($input: BranchCreateInput!) { branchCreate(input: $input) { userErrors { code } } }',
    { input: { name: 'North' } },
  ],
  [
    'query ($input: ExplainAccessInput!) { explainAccess(input: $input) { allowed } }',
    { input: { action: 'BILLING:READ' } },
  ],
  ['{ cataloguePlans(first: 1) { nodes { id } } }'],
];

async function isToldToChoose(token: string): Promise<void> {
  for (const [query, variables = {}] of ASKED) {
    const { status, errors } = await installation.ask(query, variables, token);
    expect([status, errors?.map(({ extensions: { code, rule } }) => [code, rule])]).toEqual([
      200,
      [['ACCOUNT_NOT_CHOSEN', 'O13']],
    ]);
    expect(errors?.[0]?.message).toMatch(/sessionSwitch/);
  }
  const { data, errors } = await installation.ask('{ viewer { user { id } account { name } } }', {}, token);
  expect([errors, data.viewer.account]).toEqual([undefined, null]);
}

test('O13 a session of several accounts that has chosen none is told to choose, chooses, and goes on', async () => {
  await installation.admin.query(
    `insert into identity.membership (id, user_id, account_id, type, role, areas, networks, status, account_ready, created_at, accepted_at)
     select uuidv7(), user_id, $2, 'GUEST', 'MEMBER', '{TRACKERS:READ}', '{}', 'ACTIVE', true, now(), now() from identity.membership where id = $1`,
    [marie.membershipId, other.accountId],
  );
  const { session } = await logIn(marie);
  expect([session.membership, session.memberships.length]).toEqual([null, 2]);
  await isToldToChoose(session.accessToken);

  const refused = await installation.ask(ACCOUNT, { id: marie.accountId }, session.accessToken);
  const DECISION = 'query ($id: ID!) { decision(id: $id) { decision code rule } }';
  const decision = await installation.ask(
    DECISION,
    { id: refused.errors?.[0]?.extensions.decisionId },
    session.accessToken,
  );
  expect(decision.data.decision).toEqual({ decision: 'DENIED', code: 'ACCOUNT_NOT_CHOSEN', rule: 'O13' });

  const SWITCH =
    'mutation ($input: SessionSwitchInput!) { sessionSwitch(input: $input) { session { accessToken } userErrors { code } } }';
  const chosen = await done(installation, SWITCH, { accountId: marie.accountId }, session.accessToken);
  const { data } = await installation.ask(ACCOUNT, { id: marie.accountId }, chosen.session.accessToken);
  expect(data.account.name).toBe('Boulangerie');
});

test('O13 somebody whose only membership was ended stays logged in, and is told what to do', async () => {
  await installation.admin.query(`update identity.membership set status = 'REMOVED' where id = $1`, [
    other.membershipId,
  ]);
  await until(
    async () => (await installation.ask(ACCOUNT, { id: other.accountId }, other.token)).errors !== undefined,
    'the membership to be gone',
  );
  await isToldToChoose(other.token);
  const { session } = await logIn(other);
  await isToldToChoose(session.accessToken);
});

test('O13 an account that is none of theirs, named in the header, is told like one that does not exist, with what to do', async () => {
  const told = async (token: string, account: string) => {
    const { status, errors } = await installation.ask('{ viewer { user { id } } }', {}, token, {
      'comptoir-account': account,
    });
    return [status, errors?.[0]?.extensions.code, errors?.[0]?.message];
  };
  const KEY = 'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret userErrors { code } } }';
  const { secret } = await done(
    installation,
    KEY,
    { name: 'k', areas: [{ area: 'TRACKERS', verb: 'READ' }] },
    marie.token,
  );
  for (const token of [marie.token, secret]) {
    const foreign = await told(token, stranger.accountId);
    expect(foreign).toEqual(await told(token, '00000000-0000-7000-8000-000000000000'));
    expect(foreign).toEqual([403, 'FORBIDDEN', expect.stringMatching(/header/)]);
  }
});
