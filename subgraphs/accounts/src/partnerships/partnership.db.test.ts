import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { SubgraphFixture } from '@comptoir/testing/subgraphFixture.ts';
import { anonymous, personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAccounts } from '../testing/startAccounts.ts';

let fixture: SubgraphFixture;
beforeAll(async () => {
  fixture = await startAccounts();
});
afterAll(() => fixture.stop());

const REQUEST = `mutation ($input: PartnershipRequestInput!) { partnershipRequest(input: $input) {
  partnership { id status clientId client { id } askedAreas { area verb } } userErrors { code rule field } } }`;
const ACCEPT = `mutation ($input: PartnershipAcceptInput!) { partnershipAccept(input: $input) {
  partnership { id status grantedAreas { area verb } partner { name } client { name } } userErrors { code rule } } }`;
const END = `mutation ($input: PartnershipEndInput!) { partnershipEnd(input: $input) { partnership { status endedAt } userErrors { code rule } } }`;
const ASK = [
  { area: 'TRACKERS', verb: 'READ' },
  { area: 'BILLING', verb: 'WRITE' },
];

type Answer = any;

async function open(name: string, kind = 'CLIENT'): Promise<string> {
  const id = newId();
  const input = { id, name, kind: kind === 'PARTNER' ? 'CLIENT' : kind };
  const opened = await fixture.execute(
    'mutation ($input: InternalAccountOpenInput!) { internalAccountOpen(input: $input) { accountId } }',
    { input },
    serviceViewer('identity'),
  );
  expect(opened.errors).toBeUndefined();
  if (kind === 'PARTNER') {
    const converted = await convert(id);
    expect(converted.account.kind).toBe('PARTNER');
  }
  return id;
}

async function convert(accountId: string): Promise<Answer> {
  const { data } = await fixture.execute(
    'mutation ($input: AccountConvertToPartnerInput!) { accountConvertToPartner(input: $input) { account { kind } userErrors { code } } }',
    { input: { accountId } },
    staffViewer(),
  );
  return data?.['accountConvertToPartner'];
}

async function request(partnerId: string, clientId: string): Promise<Answer> {
  const { data, errors } = await fixture.execute(
    REQUEST,
    { input: { clientId, areas: ASK } },
    personViewer({ accountId: partnerId }),
  );
  expect(errors).toBeUndefined();
  return data?.['partnershipRequest'];
}

async function attach(partnerId: string, clientId: string): Promise<string> {
  const { partnership } = await request(partnerId, clientId);
  const accepted = await fixture.execute(
    ACCEPT,
    { input: { partnershipId: partnership.id } },
    personViewer({ accountId: clientId }),
  );
  expect((accepted.data as Answer).partnershipAccept.userErrors).toEqual([]);
  return partnership.id;
}

test('U01 staff convert an account into a partner, and repeating it changes nothing', async () => {
  const id = await open('Agence');
  expect(await convert(id)).toEqual({ account: { kind: 'PARTNER' }, userErrors: [] });
  expect(await convert(id)).toEqual({ account: { kind: 'PARTNER' }, userErrors: [] });
  expect(await convert(newId())).toEqual({ account: null, userErrors: [{ code: 'ACCOUNT_NOT_FOUND' }] });
});

test('U01 an owner cannot convert their own account: only staff can', async () => {
  const accountId = await open('Moi');
  const { data, errors } = await fixture.execute(
    'mutation ($input: AccountConvertToPartnerInput!) { accountConvertToPartner(input: $input) { account { kind } } }',
    { input: { accountId } },
    personViewer({ accountId }),
  );
  expect(data).toEqual({ accountConvertToPartner: null });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'STAFF PROVISIONING:WRITE' });
  expect((await fixture.admin.query('select kind from account where id = $1', [accountId])).rows).toEqual([
    { kind: 'CLIENT' },
  ]);
});

test('U07 before conversion partner operations answer with an error that says so', async () => {
  const [accountId, clientId] = [await open('Pas encore'), await open('Client')];
  const refused = await request(accountId, clientId);
  expect(refused).toEqual({ partnership: null, userErrors: [{ code: 'NOT_A_PARTNER', rule: 'U07', field: null }] });

  const { data, errors } = await fixture.execute(
    'query ($id: ID!) { account(id: $id) { name clients { nodes { id } } } }',
    { id: accountId },
    personViewer({ accountId }),
  );
  expect(data).toEqual({ account: { name: 'Pas encore', clients: null } });
  expect(errors?.[0]?.extensions).toEqual({ code: 'NOT_A_PARTNER', rule: 'U07' });
});

test('U05 U08 the client sees what is asked, accepts, and only then the partner lists it (U06)', async () => {
  const [partnerId, clientId] = [await open('Partenaire', 'PARTNER'), await open('Cliente')];
  const { partnership } = await request(partnerId, clientId);
  expect(partnership).toMatchObject({
    status: 'REQUESTED',
    clientId,
    client: null,
    askedAreas: [
      { area: 'BILLING', verb: 'WRITE' },
      { area: 'TRACKERS', verb: 'READ' },
    ],
  });

  const seen = await fixture.execute(
    'query ($id: ID!) { account(id: $id) { partnerships { nodes { id partner { name } availableActions { action allowed } } } } }',
    { id: clientId },
    personViewer({ accountId: clientId }),
  );
  expect(seen.data).toEqual({
    account: {
      partnerships: {
        nodes: [
          {
            id: partnership.id,
            partner: { name: 'Partenaire' },
            availableActions: [
              { action: 'ACCEPT', allowed: true },
              { action: 'REFUSE', allowed: true },
              { action: 'WITHDRAW', allowed: false },
              { action: 'END', allowed: false },
            ],
          },
        ],
      },
    },
  });

  const clients = 'query ($id: ID!) { account(id: $id) { clients { nodes { name } } } }';
  const before = await fixture.execute(clients, { id: partnerId }, personViewer({ accountId: partnerId }));
  expect(before.data).toEqual({ account: { clients: { nodes: [] } } });

  const areas = [{ area: 'TRACKERS', verb: 'READ' }];
  const accepted = await fixture.execute(
    ACCEPT,
    { input: { partnershipId: partnership.id, areas } },
    personViewer({ accountId: clientId }),
  );
  expect(accepted.data).toEqual({
    partnershipAccept: {
      partnership: {
        id: partnership.id,
        status: 'ACTIVE',
        grantedAreas: areas,
        partner: { name: 'Partenaire' },
        client: { name: 'Cliente' },
      },
      userErrors: [],
    },
  });
  const after = await fixture.execute(clients, { id: partnerId }, personViewer({ accountId: partnerId }));
  expect(after.data).toEqual({ account: { clients: { nodes: [{ name: 'Cliente' }] } } });
  const reach = await fixture.admin.query('select area, verb from access.reach where holder = $1 order by area', [
    partnerId,
  ]);
  expect(reach.rows).toEqual([
    { area: 'LINK', verb: 'READ' },
    { area: 'TRACKERS', verb: 'READ' },
  ]);
});

test('U05 staff ask for a partner: the request is the partner’s, and only the client’s acceptance makes it effective', async () => {
  const [partnerId, clientId] = [await open('Partner of staff', 'PARTNER'), await open('Asked by staff')];
  const staff = staffViewer(await open('Staff'));
  const ask = async (input: object, viewer: Viewer = staff): Promise<Answer> => {
    const { data, errors } = await fixture.execute(REQUEST, { input: { clientId, areas: ASK, ...input } }, viewer);
    expect(errors).toBeUndefined();
    return (data as Answer).partnershipRequest;
  };
  // Staff speak for a partner, and for no account that is none; their own is none.
  for (const input of [{ partnerId: clientId }, { partnerId: newId() }, { partnerId: 'nonsense' }, {}])
    expect((await ask(input)).userErrors).toEqual([{ code: 'NOT_A_PARTNER', rule: 'U07', field: null }]);
  const { partnership } = await ask({ partnerId });
  expect(partnership).toMatchObject({ status: 'REQUESTED', clientId });
  const { rows } = await fixture.admin.query('select partner_id, requested_by from partnership where id = $1', [
    partnership.id,
  ]);
  expect(rows).toEqual([{ partner_id: partnerId, requested_by: staff.userId }]);

  const reach = async (): Promise<number | null> =>
    (await fixture.admin.query('select from access.reach where account = $1', [clientId])).rowCount;
  const input = { partnershipId: partnership.id };
  const byStaff = await fixture.execute(ACCEPT, { input }, staff);
  expect((byStaff.data as Answer).partnershipAccept.userErrors).toMatchObject([{ code: 'PARTNERSHIP_NOT_FOUND' }]);
  expect(await reach()).toBe(0);
  const accepted = await fixture.execute(ACCEPT, { input }, personViewer({ accountId: clientId }));
  expect((accepted.data as Answer).partnershipAccept.partnership.status).toBe('ACTIVE');
  expect(await reach()).toBeGreaterThan(0);
});

test('U05 nobody but staff asks in the name of another partner', async () => {
  const [partnerId, ownId, clientId] = [
    await open('Other partner', 'PARTNER'),
    await open('Own partner', 'PARTNER'),
    await open('Wanted'),
  ];
  const { data } = await fixture.execute(
    REQUEST,
    { input: { clientId, areas: ASK, partnerId } },
    personViewer({ accountId: ownId }),
  );
  const { id } = (data as Answer).partnershipRequest.partnership;
  const { rows } = await fixture.admin.query('select id, partner_id from partnership where client_id = $1', [clientId]);
  expect(rows).toEqual([{ id, partner_id: ownId }]);
});

test('U05 asking for an account that does not exist answers like asking for one that does', async () => {
  const [partnerId, clientId] = [await open('Curieux', 'PARTNER'), await open('Discrète')];
  const missingId = newId();
  const strip = ({ partnership, userErrors }: Answer) => ({
    partnership: { ...partnership, id: '', clientId: '' },
    userErrors,
  });
  expect(strip(await request(partnerId, clientId))).toEqual(strip(await request(partnerId, missingId)));
});

test('U05 asking twice, also at once, gives one request', async () => {
  const [partnerId, clientId] = [await open('Pressé', 'PARTNER'), await open('Calme')];
  const answers = await Promise.all(Array.from({ length: 8 }, () => request(partnerId, clientId)));
  expect(new Set(answers.map(({ partnership }) => partnership.id)).size).toBe(1);
});

test('U08 O10 a client grants neither more than is asked nor more than the accepting person holds', async () => {
  const [partnerId, clientId] = [await open('Demandeur', 'PARTNER'), await open('Prudente')];
  const { partnership } = await request(partnerId, clientId);
  const accept = async (input: object, viewer: object) =>
    (
      (
        await fixture.execute(
          ACCEPT,
          { input: { partnershipId: partnership.id, ...input } },
          personViewer({ accountId: clientId, ...viewer }),
        )
      ).data as Answer
    ).partnershipAccept.userErrors;
  expect(await accept({ areas: [{ area: 'SECURITY', verb: 'READ' }] }, {})).toEqual([
    { code: 'MORE_THAN_ASKED', rule: 'U08' },
  ]);
  expect(await accept({ areas: [{ area: 'TRACKERS', verb: 'WRITE' }] }, {})).toEqual([
    { code: 'MORE_THAN_ASKED', rule: 'U08' },
  ]);
  expect(await accept({}, { areas: { PROVISIONING: 'WRITE', TRACKERS: 'WRITE' } })).toEqual([
    { code: 'MORE_THAN_YOU_HOLD', rule: 'O10' },
  ]);
  expect(await accept({ areas: [] }, {})).toEqual([{ code: 'AREAS_NOT_READABLE', rule: null }]);
  expect((await fixture.admin.query('select status from partnership where id = $1', [partnership.id])).rows).toEqual([
    { status: 'REQUESTED' },
  ]);
});

test('U05 either side ends it at once, and the reach is gone with the commit but not forgotten', async () => {
  for (const side of ['partner', 'client'] as const) {
    const [partnerId, clientId] = [await open('P', 'PARTNER'), await open('C')];
    const partnershipId = await attach(partnerId, clientId);
    const accountId = side === 'partner' ? partnerId : clientId;
    const ended = await fixture.execute(END, { input: { partnershipId } }, personViewer({ accountId }));
    expect(ended.data).toMatchObject({ partnershipEnd: { partnership: { status: 'ENDED' }, userErrors: [] } });

    const { data } = await fixture.execute(
      'query ($id: ID!) { account(id: $id) { name } }',
      { id: clientId },
      personViewer({ accountId: partnerId }),
    );
    expect(data).toEqual({ account: null });
    const reach = await fixture.admin.query(
      'select bool_and(not upper_inf(valid)) as closed, count(*)::int from access.reach where holder = $1',
      [partnerId],
    );
    expect(reach.rows).toEqual([{ closed: true, count: 4 }]);
    const again = await fixture.execute(END, { input: { partnershipId } }, personViewer({ accountId }));
    expect(again.data).toMatchObject({ partnershipEnd: { partnership: null, userErrors: [{ code: 'NOT_WAITING' }] } });
  }
});

test('a partnership of others looks absent, by query, by mutation and by entity', async () => {
  const [partnerId, clientId, strangerId] = [await open('P', 'PARTNER'), await open('C'), await open('S')];
  const partnershipId = await attach(partnerId, clientId);
  const stranger = personViewer({ accountId: strangerId });
  const query = await fixture.execute(
    'query ($id: ID!) { partnership(id: $id) { id } account(id: $id) { id } }',
    { id: partnershipId },
    stranger,
  );
  expect(query).toEqual({ data: { partnership: null, account: null } });
  for (const id of [partnershipId, newId()]) {
    const ended = await fixture.execute(END, { input: { partnershipId: id } }, stranger);
    expect(ended.data).toEqual({
      partnershipEnd: { partnership: null, userErrors: [{ code: 'PARTNERSHIP_NOT_FOUND', rule: null }] },
    });
  }
  const entities = await fixture.execute(
    'query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Partnership { status } ... on Account { name } } }',
    {
      r: [
        { __typename: 'Partnership', id: partnershipId },
        { __typename: 'Account', id: clientId },
        { __typename: 'Account', id: 'not an id' },
      ],
    },
    stranger,
  );
  expect(entities).toEqual({ data: { _entities: [null, null, null] } });
});

test('needs PROVISIONING: without it neither query, mutation nor entity opens', async () => {
  const [partnerId, clientId] = [await open('P', 'PARTNER'), await open('C')];
  const partnershipId = await attach(partnerId, clientId);
  const reader = personViewer({ accountId: clientId, role: 'MEMBER', areas: { TRACKERS: 'WRITE' } });
  const ended = await fixture.execute(END, { input: { partnershipId } }, reader);
  expect(ended.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'PROVISIONING:WRITE' });
  const entities = await fixture.execute(
    'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
    { r: [{ __typename: 'Partnership', id: partnershipId }] },
    reader,
  );
  expect(entities.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'PROVISIONING:READ' });
  const nobody = await fixture.execute('query ($id: ID!) { account(id: $id) { id } }', { id: clientId }, anonymous());
  expect(nobody.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('internal operations and the SDL open to services only', async () => {
  const viewer = personViewer({ accountId: newId() });
  const opened = await fixture.execute(
    'mutation ($input: InternalAccountOpenInput!) { internalAccountOpen(input: $input) { accountId } }',
    { input: { id: newId(), name: 'x', kind: 'PROVIDER' } },
    viewer,
  );
  expect(opened.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'service' });
  const sdl = await fixture.execute('{ _service { sdl } }', {}, viewer);
  expect(sdl.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
});

test('U06 a list pages by key and its statements do not depend on its size', async () => {
  const partnerId = await open('Grand', 'PARTNER');
  const names = ['Éole', 'Aube', 'Brise', 'Cime', 'Dune'];
  for (const name of names) await attach(partnerId, await open(name));
  const viewer = personViewer({ accountId: partnerId });
  const query =
    'query ($id: ID!, $first: Int, $after: String) { account(id: $id) { clients(first: $first, after: $after) { nodes { name partnerships { nodes { id } } } pageInfo { hasNextPage endCursor } } } }';
  const page = async (first: number, after: string | null = null): Promise<Answer> => {
    const { data, errors } = await fixture.execute(query, { id: partnerId, first, after }, viewer);
    expect(errors).toBeUndefined();
    return (data as Answer).account.clients;
  };
  fixture.statements();
  const all = await page(100);
  const forAll = fixture.statements().length;
  expect(all.nodes.map((node: Answer) => node.name)).toEqual(['Aube', 'Brise', 'Cime', 'Dune', 'Éole']);
  const first = await page(2);
  expect(fixture.statements()).toHaveLength(forAll);
  expect(forAll).toBe(3);
  const second = await page(2, first.pageInfo.endCursor);
  const third = await page(2, second.pageInfo.endCursor);
  expect([...first.nodes, ...second.nodes, ...third.nodes].map((node: Answer) => node.name)).toEqual([
    'Aube',
    'Brise',
    'Cime',
    'Dune',
    'Éole',
  ]);
  expect(third.pageInfo.hasNextPage).toBe(false);

  for (const variables of [
    { first: 0 },
    { first: 101 },
    { after: 'nonsense' },
    { after: Buffer.from('["a","not an id"]').toString('base64url') },
  ]) {
    const { errors } = await fixture.execute(query, { id: partnerId, ...variables }, viewer);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  }
});

test('G11 an account with a network list is absent from elsewhere, for its partner too', async () => {
  const [partnerId, clientId] = [await open('P', 'PARTNER'), await open('C')];
  await attach(partnerId, clientId);
  await fixture.admin.query(`insert into access.account_network values ($1, '{10.0.0.0/8}')`, [clientId]);
  const look = async (address: string | null) =>
    (
      await fixture.execute(
        'query ($id: ID!) { account(id: $id) { name } }',
        { id: clientId },
        personViewer({ accountId: partnerId, address }),
      )
    ).data;
  expect(await look('10.1.2.3')).toEqual({ account: { name: 'C' } });
  expect(await look('192.0.2.1')).toEqual({ account: null });
  expect(await look(null)).toEqual({ account: null });
});
