import { newId } from '@comptoir/shared/values/uuid.ts';
import { type Answer, openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, hireStaff, ok, type Person, signUp } from './people.ts';

/**
 * The journey of the product's main job, each step over HTTP with the permissions of the person who does it. Steps
 * build on each other.
 */
let installation: TestInstallation;
let staff: Person;
let agency: Person;
let bakery: Person;
let stranger: Person;
let partnershipId: string;
let delegationId: string;
let key: string;
const trackers: Record<string, string> = {};

beforeAll(async () => {
  installation = await openTestInstallation();
  staff = await hireStaff(installation, 'camille@comptoir.example');
});
afterAll(() => installation.stop());

const BALANCE = 'query ($id: ID!) { account(id: $id) { wallets { kind balance } } }';
const balanceOf = async (accountId: string, token: string): Promise<Answer['data']> => {
  const { data, errors } = await installation.ask(BALANCE, { id: accountId }, token);
  expect(errors).toBeUndefined();
  return data.account?.wallets;
};
const scan = (eventId: string, trackerId: string | undefined, more = {}) => ({
  eventId,
  trackerId,
  kind: 'SCAN',
  ...more,
});
const RECORD = `mutation ($input: EventsRecordInput!) { eventsRecord(input: $input) {
  results { eventId outcome code rule message event { id payer { id } credits } } accepted replayed refused userErrors { code } } }`;

test('U14 a person signs up by a mailed link; account, owner and 100 free credits are there, once', async () => {
  [agency, bakery, stranger] = await Promise.all([
    signUp(installation, 'lou@agence.example', 'Agence Lumière'),
    signUp(installation, 'marie@boulangerie.example', 'Boulangerie Martin'),
    signUp(installation, 'sam@ailleurs.example', 'Ailleurs'),
  ]);
  const { data } = await installation.ask(
    '{ viewer { user { email } membership { role type } account { id name kind } } }',
    {},
    bakery.token,
  );
  expect(data.viewer).toEqual({
    user: { email: 'marie@boulangerie.example' },
    membership: { role: 'OWNER', type: 'OWNER' },
    account: { id: bakery.accountId, name: 'Boulangerie Martin', kind: 'CLIENT' },
  });
  expect(await balanceOf(bakery.accountId, bakery.token)).toEqual([{ kind: 'TRACKER', balance: 100 }]);
});

test('U14 signing up again with a known e-mail gets the same answer, and makes nothing', async () => {
  const query = 'mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo userErrors { code } } }';
  const known = await installation.ask(query, {
    input: { email: 'camille@comptoir.example', accountName: 'Encore', language: 'FR' },
  });
  const unknown = await installation.ask(query, {
    input: { email: 'marie@personne.example', accountName: 'Encore', language: 'FR' },
  });
  expect(known.status).toBe(unknown.status);
  expect(known.data.signUp).toEqual({ mailTo: 'camille@comptoir.example', userErrors: [] });
  expect(unknown.data.signUp).toEqual({ mailTo: 'marie@personne.example', userErrors: [] });
  const mail = await installation.mailbox.waitFor('camille@comptoir.example', ({ text }) => !text.includes('token='));
  expect(mail.subject).not.toBe('');
  expect((await installation.admin.query('select count(*)::int as n from accounts.account')).rows).toEqual([{ n: 4 }]);
});

test('U07 before the conversion partner operations answer with an error that says so', async () => {
  const asked = await ok(installation, REQUEST, { clientId: bakery.accountId, areas: ASKED }, agency.token);
  expect(asked.userErrors).toEqual([{ code: 'NOT_A_PARTNER', rule: 'U07' }]);
  const { data, errors } = await installation.ask(
    '{ viewer { account { name clients { nodes { name } } } } }',
    {},
    agency.token,
  );
  expect(data.viewer.account).toEqual({ name: 'Agence Lumière', clients: null });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'NOT_A_PARTNER', rule: 'U07' });
});

test('U01 staff convert the account into a partner; its own owner cannot', async () => {
  const convert =
    'mutation ($input: AccountConvertToPartnerInput!) { accountConvertToPartner(input: $input) { account { kind } userErrors { code } } }';
  const own = await installation.ask(convert, { input: { accountId: agency.accountId } }, agency.token);
  expect(own.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  const { account } = await done(installation, convert, { accountId: agency.accountId }, staff.token);
  expect(account).toEqual({ kind: 'PARTNER' });
});

const ASKED = [
  { area: 'TRACKERS', verb: 'READ' },
  { area: 'BILLING', verb: 'READ' },
];
const REQUEST =
  'mutation ($input: PartnershipRequestInput!) { partnershipRequest(input: $input) { partnership { id status client { id } } userErrors { code rule } } }';

test('U05 U06 U08 the partner asks, the client sees what is asked and accepts, the partner lists its clients', async () => {
  const { partnership } = await done(installation, REQUEST, { clientId: bakery.accountId, areas: ASKED }, agency.token);
  expect(partnership).toMatchObject({ status: 'REQUESTED', client: null });
  partnershipId = partnership.id;
  await installation.mailbox.waitFor('marie@boulangerie.example', ({ text }) => text.includes('Agence Lumière'));

  const { data } = await installation.ask(
    '{ viewer { account { partnerships(status: REQUESTED) { nodes { id partner { name } askedAreas { area verb } } } } } }',
    {},
    bakery.token,
  );
  expect(data.viewer.account.partnerships.nodes).toEqual([
    {
      id: partnershipId,
      partner: { name: 'Agence Lumière' },
      askedAreas: [
        { area: 'BILLING', verb: 'READ' },
        { area: 'TRACKERS', verb: 'READ' },
      ],
    },
  ]);
  await done(
    installation,
    'mutation ($input: PartnershipAcceptInput!) { partnershipAccept(input: $input) { partnership { status } userErrors { code } } }',
    { partnershipId },
    bakery.token,
  );
  const clients = await installation.ask(
    '{ viewer { account { clients { nodes { id name wallets { kind balance } } } } } }',
    {},
    agency.token,
  );
  expect(clients.errors).toBeUndefined();
  expect(clients.data.viewer.account.clients.nodes).toEqual([
    { id: bakery.accountId, name: 'Boulangerie Martin', wallets: [{ kind: 'TRACKER', balance: 100 }] },
  ]);
});

test('U18 U21 U23 the client makes trackers of the three kinds, duplicates one, activates some', async () => {
  const create =
    'mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id status } userErrors { code } } }';
  for (const kind of ['QR_CODE', 'SECURE_KEY', 'BUTTON']) {
    const { tracker } = await done(installation, create, { kind, name: `Un ${kind}` }, bakery.token);
    expect(tracker.status).toBe('INACTIVE');
    trackers[kind] = tracker.id;
  }
  const duplicate =
    'mutation ($input: TrackerDuplicateInput!) { trackerDuplicate(input: $input) { trackers { id status kind } userErrors { code } } }';
  const { trackers: copies } = await done(
    installation,
    duplicate,
    { trackerId: trackers.QR_CODE, copies: 5 },
    bakery.token,
  );
  expect(copies.map(({ status, kind }: Answer['data']) => [status, kind])).toEqual(
    Array(5).fill(['INACTIVE', 'QR_CODE']),
  );
  trackers.copy = copies[0].id;
  trackers.own = copies[1].id;
  trackers.second = copies[2].id;
  const trackerIds = [trackers.QR_CODE, trackers.SECURE_KEY, trackers.BUTTON, trackers.own, trackers.second];
  const activate =
    'mutation ($input: TrackersActivateInput!) { trackersActivate(input: $input) { trackers { status } userErrors { code } } }';
  const { trackers: active } = await done(installation, activate, { trackerIds }, bakery.token);
  expect(active).toEqual(Array(5).fill({ status: 'ACTIVE' }));
});

test('U09 U10 U11 U12 the client offers some trackers, the partner is mailed, sees them and accepts', async () => {
  const offer =
    'mutation ($input: DelegationOfferInput!) { delegationOffer(input: $input) { delegation { id status trackerCount } userErrors { code rule } } }';
  const trackerIds = [trackers.QR_CODE, trackers.second, trackers.copy];
  const notMine = await ok(
    installation,
    offer,
    { partnerId: stranger.accountId, scope: 'SELECTED', trackerIds },
    bakery.token,
  );
  expect(notMine.userErrors[0].code).toBe('NOT_YOUR_PARTNER');

  const { delegation } = await done(
    installation,
    offer,
    { partnerId: agency.accountId, scope: 'SELECTED', trackerIds },
    bakery.token,
  );
  expect(delegation).toMatchObject({ status: 'OFFERED', trackerCount: 3 });
  delegationId = delegation.id;
  await installation.mailbox.waitFor('lou@agence.example', ({ text }) => text.includes('Boulangerie Martin'));

  const { data, errors } = await installation.ask(
    '{ viewer { account { delegations(status: OFFERED) { nodes { id client { name } trackers { nodes { name payer { name } } } } } } } }',
    {},
    agency.token,
  );
  expect(errors).toBeUndefined();
  expect(data.viewer.account.delegations.nodes).toMatchObject([
    { id: delegationId, client: { name: 'Boulangerie Martin' } },
  ]);
  expect(
    data.viewer.account.delegations.nodes[0].trackers.nodes.map((node: Answer['data']) => node.payer.name),
  ).toEqual(Array(3).fill('Boulangerie Martin'));

  const accept =
    'mutation ($input: DelegationAcceptInput!) { delegationAccept(input: $input) { delegation { status } userErrors { code } } }';
  expect((await ok(installation, accept, { delegationId }, stranger.token)).userErrors[0].code).toBe(
    'DELEGATION_NOT_FOUND',
  );
  expect((await done(installation, accept, { delegationId }, agency.token)).delegation).toEqual({ status: 'ACTIVE' });
});

test('U03 U19 U20 scans arrive by API key and cost a credit of whoever pays now; an inactive tracker costs nothing and says so', async () => {
  const create =
    'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret apiKey { lastFour } userErrors { code } } }';
  const made = await done(
    installation,
    create,
    { name: 'Scanner', areas: [{ area: 'TRACKERS', verb: 'WRITE' }] },
    bakery.token,
  );
  key = made.secret;
  expect(key.endsWith(made.apiKey.lastFour)).toBe(true);

  const one = await done(installation, RECORD, { events: [scan('one', trackers.QR_CODE)] }, key);
  expect(one.results[0]).toMatchObject({ outcome: 'ACCEPTED', event: { payer: { id: agency.accountId }, credits: 1 } });
  const many = await done(
    installation,
    RECORD,
    {
      events: [
        scan('one', trackers.QR_CODE),
        scan('two', trackers.own),
        scan('three', trackers.copy),
        scan('four', newId()),
        scan('two', trackers.own),
      ],
    },
    key,
  );
  expect(many.results.map(({ outcome, code }: Answer['data']) => code ?? outcome)).toEqual([
    'REPLAYED',
    'ACCEPTED',
    'TRACKER_INACTIVE',
    'TRACKER_NOT_FOUND',
    'REPLAYED',
  ]);
  expect(many.results[2].message).toMatch(/not active/);
  expect(many).toMatchObject({ accepted: 1, replayed: 2, refused: 2 });
  expect(await balanceOf(agency.accountId, agency.token)).toEqual([{ kind: 'TRACKER', balance: 99 }]);
  expect(await balanceOf(bakery.accountId, bakery.token)).toEqual([{ kind: 'TRACKER', balance: 99 }]);
});

test('U17 a tracker takes what can happen to its kind; a secure key that nobody registered takes nothing', async () => {
  const events = [
    { ...scan('pressed', trackers.QR_CODE), kind: 'PRESS' },
    scan('scanned', trackers.BUTTON),
    { ...scan('filled in', trackers.BUTTON), kind: 'FORM' },
    { ...scan('pressed key', trackers.SECURE_KEY), kind: 'PRESS' },
    scan('key', trackers.SECURE_KEY),
    { ...scan('key form', trackers.SECURE_KEY), kind: 'FORM', data: { token: 'one-time' } },
  ];
  const { results } = await done(installation, RECORD, { events }, key);
  const misfit = { outcome: 'REFUSED', code: 'KIND_DOES_NOT_FIT', rule: 'U17', event: null };
  const unregistered = { ...misfit, code: 'KEY_NOT_REGISTERED' };
  expect(results).toMatchObject([misfit, misfit, misfit, misfit, unregistered, unregistered]);
  const { rows } = await installation.admin.query('select from trackers.event where tracker_id = any($1)', [
    [trackers.BUTTON, trackers.SECURE_KEY],
  ]);
  expect(rows).toEqual([]);
  expect(await balanceOf(bakery.accountId, bakery.token)).toEqual([{ kind: 'TRACKER', balance: 99 }]);
});

test('U03 with no credit left the scan is refused and not stored', async () => {
  const events = Array.from({ length: 120 }, (_, at) => scan(`flood ${at}`, trackers.second));
  const flood = await done(installation, RECORD, { events }, key);
  expect(flood).toMatchObject({ accepted: 99, refused: 21 });
  expect(flood.results.at(-1)).toMatchObject({ outcome: 'REFUSED', code: 'NO_CREDIT', rule: 'P', event: null });
  expect(await balanceOf(agency.accountId, agency.token)).toEqual([{ kind: 'TRACKER', balance: 0 }]);
  const stored = await installation.admin.query('select count(*)::int as n from trackers.event where payer_id = $1', [
    agency.accountId,
  ]);
  expect(stored.rows).toEqual([{ n: 100 }]);
  // The client's own tracker is not touched by the partner's empty wallet.
  expect(await done(installation, RECORD, { events: [scan('own again', trackers.own)] }, key)).toMatchObject({
    accepted: 1,
  });
});

const FLEET = `query ($from: DateTime!, $to: DateTime!) { viewer { account {
  delegatedTrackers { nodes { id name account { name } payer { name } lastEvent { eventId } consumption(from: $from, to: $to) { payer { name } events credits } } }
  trackers { nodes { id payer { name } } }
  events(first: 100) { nodes { eventId payer { name } } }
  consumption(from: $from, to: $to) { payer { name } events credits } } } }`;
const today = () => ({
  from: new Date(Date.now() - 86_400_000).toISOString(),
  to: new Date(Date.now() + 86_400_000).toISOString(),
});

test('U04 client and partner each see the fleet, its events and its consumption, and nobody else does', async () => {
  const partnerSees = (await installation.ask(FLEET, today(), agency.token)).data.viewer.account;
  expect(partnerSees.delegatedTrackers.nodes).toHaveLength(3);
  expect(partnerSees.delegatedTrackers.nodes[0]).toMatchObject({
    account: { name: 'Boulangerie Martin' },
    payer: { name: 'Agence Lumière' },
  });
  expect(partnerSees.consumption).toEqual([{ payer: { name: 'Agence Lumière' }, events: 100, credits: 100 }]);
  expect(partnerSees.events.nodes.every((event: Answer['data']) => event.payer.name === 'Agence Lumière')).toBe(true);

  const clientSees = (await installation.ask(FLEET, today(), bakery.token)).data.viewer.account;
  expect(clientSees.trackers.nodes).toHaveLength(8);
  expect(clientSees.consumption).toEqual(
    expect.arrayContaining([
      { payer: { name: 'Agence Lumière' }, events: 100, credits: 100 },
      { payer: { name: 'Boulangerie Martin' }, events: 2, credits: 2 },
    ]),
  );
  const strangerSees = (await installation.ask(FLEET, today(), stranger.token)).data.viewer.account;
  expect(strangerSees).toEqual({
    delegatedTrackers: { nodes: [] },
    trackers: { nodes: [] },
    events: { nodes: [] },
    consumption: [],
  });
  const byId = await installation.ask(
    'query ($id: ID!) { tracker(id: $id) { id } }',
    { id: trackers.QR_CODE },
    stranger.token,
  );
  expect(byId).toMatchObject({ data: { tracker: null }, errors: undefined });
});

test('U13 F18 either side ends the take-over, and from that instant the client pays', async () => {
  const end =
    'mutation ($input: DelegationEndInput!) { delegationEnd(input: $input) { delegation { status endedAt } userErrors { code } } }';
  expect((await ok(installation, end, { delegationId }, stranger.token)).userErrors[0].code).toBe(
    'DELEGATION_NOT_FOUND',
  );
  const { delegation } = await done(installation, end, { delegationId }, agency.token);
  expect(delegation.status).toBe('ENDED');
  const after = await done(installation, RECORD, { events: [scan('after', trackers.QR_CODE)] }, key);
  expect(after.results[0]).toMatchObject({ outcome: 'ACCEPTED', event: { payer: { id: bakery.accountId } } });
  // What happened before that instant is still the partner's, whose wallet is empty.
  const before = new Date(Date.parse(delegation.endedAt) - 1).toISOString();
  const late = await done(
    installation,
    RECORD,
    { events: [scan('late', trackers.QR_CODE, { occurredAt: before })] },
    key,
  );
  expect(late.results[0]).toMatchObject({ outcome: 'REFUSED', code: 'NO_CREDIT' });
  expect((await installation.ask(FLEET, today(), agency.token)).data.viewer.account.delegatedTrackers.nodes).toEqual(
    [],
  );
});

test('U05 the end of the partnership closes everything at once, and the books are sound', async () => {
  const end =
    'mutation ($input: PartnershipEndInput!) { partnershipEnd(input: $input) { partnership { status } userErrors { code } } }';
  await done(installation, end, { partnershipId }, bakery.token);
  expect(await balanceOf(bakery.accountId, agency.token)).toBeUndefined();
  const { data } = await installation.ask(
    '{ ledgerCheck { sound problems { detail } kinds { kind granted consumed left } } }',
    {},
    staff.token,
  );
  expect(data.ledgerCheck).toEqual({
    sound: true,
    problems: [],
    kinds: [{ kind: 'TRACKER', granted: 300, consumed: 103, left: 197 }],
  });
});

test('a log-out ends the session', async () => {
  await ok(installation, 'mutation { sessionEnd { sessionId } }', undefined, stranger.token);
  await until(
    async () =>
      (await installation.ask('{ viewer { user { id } } }', {}, stranger.token)).errors?.[0]?.extensions.code ===
      'UNAUTHENTICATED',
    'the session to end',
  );
});

test('a value that is not one is the client’s error, as a variable and written into the query', async () => {
  for (const from of ['"yesterday"', '"+099999-01-01T00:00:00Z"']) {
    const query = `{ viewer { account { consumption(from: ${from}, to: "2026-01-01T00:00:00Z") { credits } } } }`;
    const { errors } = await installation.ask(query, {}, bakery.token);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  }
  const { errors } = await installation.ask(FLEET, { from: 'yesterday', to: 'today' }, bakery.token);
  expect(new Set(errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_USER_INPUT']));
});
