import { newId } from '@comptoir/shared/values/uuid.ts';
import { type Answer, openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attach, convertToPartner } from './fleet.ts';
import { done, hireStaff, ok, type Person, signUp } from './people.ts';

/**
 * Keys that are kept to something, what the audit trail tells of it, and why somebody may or may not. Steps build on
 * each other.
 */
let installation: TestInstallation;
let staff: Person;
let shop: Person;
let agency: Person;
let trackerId: string;

beforeAll(async () => {
  installation = await openTestInstallation();
  staff = await hireStaff(installation, 'camille@comptoir.example');
  [shop, agency] = await Promise.all([
    signUp(installation, 'marie@boulangerie.example', 'Boulangerie'),
    signUp(installation, 'lou@agence.example', 'Agence'),
  ]);
  await convertToPartner(installation, agency.accountId);
  const CREATE = `mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id } userErrors { code } } }`;
  trackerId = (await done(installation, CREATE, { kind: 'QR_CODE', name: 'Door' }, shop.token)).tracker.id;
  const ON = `mutation ($input: TrackersActivateInput!) { trackersActivate(input: $input) { userErrors { code } } }`;
  await done(installation, ON, { trackerIds: [trackerId] }, shop.token);
});
afterAll(() => installation.stop());

const KEY = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } secret userErrors { code } } }`;
const TRACKERS = [{ area: 'TRACKERS', verb: 'WRITE' }];
const makeKey = (of: Person, more: object): Promise<Answer['data']> =>
  done(installation, KEY, { name: 'script', areas: TRACKERS, ...more }, of.token);
const RECORD = `mutation ($input: EventsRecordInput!) { eventsRecord(input: $input) { results { outcome code rule } } }`;
const scan = () => ({ eventId: newId(), trackerId, kind: 'SCAN' });

test('N11 a key consumes its credit budget and no more, and what is left can be read on it', async () => {
  const { apiKey, secret } = await makeKey(shop, { creditBudget: 2 });
  const { results } = await ok(installation, RECORD, { events: [scan(), scan(), scan()] }, secret);
  expect(results).toEqual([
    { outcome: 'ACCEPTED', code: null, rule: null },
    { outcome: 'ACCEPTED', code: null, rule: null },
    { outcome: 'REFUSED', code: 'BUDGET_USED_UP', rule: 'N11' },
  ]);
  const { data, errors } = await installation.ask(
    '{ viewer { account { apiKeys { nodes { id creditBudget creditsConsumed creditsLeft } } } } }',
    {},
    shop.token,
  );
  expect(errors).toBeUndefined();
  expect(data.viewer.account.apiKeys.nodes).toEqual([
    { id: apiKey.id, creditBudget: 2, creditsConsumed: 2, creditsLeft: 0 },
  ]);
  const own = await installation.ask('{ viewer { apiKey { creditsLeft } } }', {}, secret);
  expect(own.data.viewer.apiKey).toEqual({ creditsLeft: 0 });
});

test('N11 a preview-only key is told what would have happened; nothing happens, and what needs two places is refused', async () => {
  const { secret } = await makeKey(shop, { preview: true });
  const RENAME = `mutation ($input: TrackerRenameInput!) { trackerRename(input: $input) { tracker { name } userErrors { code } } }`;
  expect((await ok(installation, RENAME, { trackerId, name: 'Window' }, secret)).tracker.name).toBe('Window');
  const { data } = await installation.ask(
    'query ($id: ID!) { tracker(id: $id) { name } }',
    { id: trackerId },
    shop.token,
  );
  expect(data.tracker.name).toBe('Door');
  const { errors } = await installation.ask(RECORD, { input: { events: [scan()] } }, secret);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'PREVIEW_NOT_POSSIBLE', rule: 'N11' });
});

test('G15 a rotated key: both secrets during the overlap, the old one dead without', async () => {
  const { apiKey, secret } = await makeKey(shop, {});
  const ROTATE = `mutation ($input: ApiKeyRotateInput!) { apiKeyRotate(input: $input) { secret userErrors { code } } }`;
  const second = (await done(installation, ROTATE, { apiKeyId: apiKey.id, overlapMinutes: 5 }, shop.token)).secret;
  const status = async (token: string): Promise<number> =>
    (await installation.ask('{ viewer { apiKey { id } } }', {}, token)).status;
  expect([await status(secret), await status(second)]).toEqual([200, 200]);
  const third = (await done(installation, ROTATE, { apiKeyId: apiKey.id }, shop.token)).secret;
  await until(async () => (await status(second)) === 401, 'the rotated key to end');
  expect([await status(secret), await status(third)]).toEqual([401, 200]);
});

test('G15 a partner’s key that is kept to one client sees that client and its own account by name, and no other', async () => {
  const other = await signUp(installation, 'sam@ailleurs.example', 'Ailleurs');
  const partner = personViewer({ accountId: agency.accountId });
  for (const { accountId } of [shop, other])
    await attach(installation, partner, personViewer({ accountId }), [{ area: 'TRACKERS', verb: 'READ' }]);
  const names = async (token: string): Promise<(string | null)[]> => {
    const ids = { own: agency.accountId, near: shop.accountId, far: other.accountId };
    const { data } = await installation.ask(
      'query ($own: ID!, $near: ID!, $far: ID!) { own: account(id: $own) { name } near: account(id: $near) { name } far: account(id: $far) { name } }',
      ids,
      token,
    );
    return [data.own, data.near, data.far].map((account) => account?.name ?? null);
  };
  expect(await names((await makeKey(agency, {})).secret)).toEqual(['Agence', 'Boulangerie', 'Ailleurs']);
  expect(await names((await makeKey(agency, { accounts: [shop.accountId] })).secret)).toEqual([
    'Agence',
    'Boulangerie',
    null,
  ]);
  const clients = await installation.ask(
    '{ viewer { account { clients { nodes { name } } } } }',
    {},
    (await makeKey(agency, { accounts: [shop.accountId] })).secret,
  );
  expect(clients.data.viewer.account.clients.nodes).toEqual([{ name: 'Boulangerie' }]);
});

test('P the trail of all four subgraphs is one, and shows what the provider’s staff read', async () => {
  const READ =
    'query ($id: ID!) { account(id: $id) { name wallets { balance } trackers { nodes { name } } people { nodes { id } } } }';
  expect((await installation.ask(READ, { id: shop.accountId }, staff.token)).errors).toBeUndefined();
  const { data, errors } = await installation.ask(
    `{ viewer { account { trail(first: 100) { nodes { decision action rule user { email } apiKeyId actingAccountId requestId address } } } } }`,
    {},
    shop.token,
  );
  expect(errors).toBeUndefined();
  const { nodes } = data.viewer.account.trail;
  const told = new Set(nodes.map(({ decision, action }: Answer['data']) => `${decision} ${action}`));
  for (const expected of [
    'DONE trackerCreate',
    'DONE apiKeyCreate',
    'DONE eventsRecord',
    'PREVIEWED trackerRename',
    'DONE partnershipAccept',
    'READ account',
  ])
    expect([...told]).toContain(expected);
  const read = nodes.filter(({ decision }: Answer['data']) => decision === 'READ');
  // Accounts, billing, trackers and identity were each asked, by one request; the staff's person and address are not
  // the shop's business.
  expect(read.length).toBeGreaterThanOrEqual(3);
  expect(new Set(read.map(({ requestId }: Answer['data']) => requestId)).size).toBe(1);
  for (const row of read) expect(row).toMatchObject({ user: null, address: null });
  const byKey = nodes.find(({ action }: Answer['data']) => action === 'eventsRecord');
  expect(byKey.apiKeyId).not.toBeNull();
  expect(byKey.address).toBe('127.0.0.1');
});

test('N07 a denial carries a decision that says which rule; access is explained along its path, and who else has it', async () => {
  const { secret } = await makeKey(shop, { areas: [{ area: 'TRACKERS', verb: 'READ' }] });
  const denied = await installation.ask(RECORD, { input: { events: [scan()] } }, secret);
  const decisionId = denied.errors?.[0]?.extensions.decisionId;
  const DECISION = 'query ($id: ID!) { decision(id: $id) { decision action rule at } }';
  const told = await installation.ask(DECISION, { id: decisionId }, shop.token);
  expect(told.data.decision).toMatchObject({ decision: 'DENIED', action: 'eventsRecord', rule: 'TRACKERS:WRITE' });
  expect((await installation.ask(DECISION, { id: decisionId }, agency.token)).data.decision).toBeNull();

  const EXPLAIN = `query ($input: ExplainAccessInput!) { explainAccess(input: $input) {
    allowed path { kind } missing { kind } grantors { membership { user { email } } account { name } } } }`;
  const resource = { type: 'TRACKER', id: trackerId };
  const asked = await installation.ask(EXPLAIN, { input: { action: 'eventsRecord', resource } }, secret);
  expect(asked.data.explainAccess).toMatchObject({ allowed: false, missing: { kind: 'KEY_SCOPE' } });
  const partner = await installation.ask(EXPLAIN, { input: { action: 'trackerRename', resource } }, agency.token);
  expect(partner.data.explainAccess).toMatchObject({
    allowed: false,
    missing: { kind: 'PARTNERSHIP' },
    grantors: [{ membership: null, account: { name: 'Boulangerie' } }],
  });
  const WHO = `query ($resource: AccessResourceInput!) { whoCanAccess(resource: $resource, area: TRACKERS, verb: READ) { nodes { kind account { name } } } }`;
  const who = (await installation.ask(WHO, { resource }, shop.token)).data.whoCanAccess.nodes;
  expect(who.at(-1)).toEqual({ kind: 'PARTNER_ACCOUNT', account: { name: 'Agence' } });
  expect(
    (await installation.ask(WHO, { resource: { type: 'TRACKER', id: newId() } }, shop.token)).data.whoCanAccess,
  ).toBeNull();
});

test('G11 also what the gateway refuses has its decision', async () => {
  const { apiKey, secret } = await makeKey(shop, { networks: ['192.0.2.0/24'] });
  const { status, errors } = await installation.ask('{ viewer { apiKey { id } } }', {}, secret);
  expect([status, errors?.[0]?.extensions.code]).toEqual([403, 'ADDRESS_NOT_ALLOWED']);
  const decisionId = errors?.[0]?.extensions.decisionId;
  const DECISION = 'query ($id: ID!) { decision(id: $id) { decision rule code apiKeyId } }';
  await until(
    async () => (await installation.ask(DECISION, { id: decisionId }, shop.token)).data.decision !== null,
    'the decision to be kept',
  );
  const { data } = await installation.ask(DECISION, { id: decisionId }, shop.token);
  expect(data.decision).toEqual({ decision: 'DENIED', rule: 'G11', code: 'ADDRESS_NOT_ALLOWED', apiKeyId: apiKey.id });
});
