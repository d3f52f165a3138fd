import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accountsDouble } from '../testing/accountsDouble.ts';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

const accounts = accountsDouble();
let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity({ accounts });
});
afterAll(() => identity.stop());

const CARD =
  'id name type newsletter title email phone mobile noTitle noEmail noPhone noMobile language note branch { id } membership { id }';
const CREATE = `mutation ($input: ContactCreateInput!) { contactCreate(input: $input) { contact { ${CARD} } userErrors { code field rule } } }`;
const UPDATE = `mutation ($input: ContactUpdateInput!) { contactUpdate(input: $input) { contact { ${CARD} } userErrors { code field rule } } }`;
const DELETE = `mutation ($input: ContactDeleteInput!) { contactDelete(input: $input) { contactId userErrors { code } } }`;
const GIVE = `mutation ($input: ContactAccessGiveInput!) { contactAccessGive(input: $input) { invitation { id membership { role type } } userErrors { code } } }`;
const LIST = `query ($r: [_Any!]!, $search: String, $after: String) { _entities(representations: $r) { ... on Account {
  contacts(first: 2, search: $search, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } } ... on Contact { name } } }`;

/** Anyone who has none of a kind says so; what is given is given instead. */
const NONE = { title: 'noTitle', email: 'noEmail', phone: 'noPhone', mobile: 'noMobile' } as const;
const make = (viewer: Viewer, more: Answer = {}): Promise<Answer> => {
  const none = Object.entries(NONE).flatMap(([field, none]) => (more[field] === undefined ? [[none, true]] : []));
  return identity.ask(
    CREATE,
    { name: 'Zoé', type: 'MAIN', newsletter: false, ...Object.fromEntries(none), ...more },
    viewer,
  );
};
const list = async (viewer: PersonViewer, variables: Answer = {}): Promise<Answer> => {
  const { data, errors } = await identity.execute(
    LIST,
    { r: [{ __typename: 'Account', id: viewer.accountId }], ...variables },
    viewer,
  );
  expect(errors).toBeUndefined();
  return (data as Answer)._entities[0].contacts;
};

test('G04 G05 a card is made with its seven fields, changed field by field, listed, searched and deleted', async () => {
  const owner = await identity.person();
  const { contact } = await make(owner, {
    name: ' Zoé Martin ',
    newsletter: true,
    title: 'Achats',
    email: 'Zoe@Example.org',
    phone: '+33 1 23',
    mobile: '+33 6 45',
  });
  expect(contact).toMatchObject({
    name: 'Zoé Martin',
    type: 'MAIN',
    newsletter: true,
    title: 'Achats',
    email: 'zoe@example.org',
    phone: '+33 1 23',
    mobile: '+33 6 45',
    language: null,
    note: null,
    branch: null,
    membership: null,
  });
  const { contact: changed } = await identity.ask(
    UPDATE,
    { contactId: contact.id, noTitle: true, type: 'BILLING' },
    owner,
  );
  expect(changed).toEqual({ ...contact, title: null, noTitle: true, type: 'BILLING' });
  const { contact: again } = await identity.ask(UPDATE, { contactId: contact.id, title: 'Ventes' }, owner);
  expect(again).toEqual({ ...changed, title: 'Ventes', noTitle: false });
  await make(owner, { name: 'Ada' });
  await make(owner, { name: 'Bob' });
  const first = await list(owner);
  expect(first.nodes).toEqual([{ name: 'Ada' }, { name: 'Bob' }]);
  expect((await list(owner, { after: first.pageInfo.endCursor })).nodes).toEqual([{ name: 'Zoé Martin' }]);
  expect((await list(owner, { search: 'ZOE@' })).nodes).toEqual([{ name: 'Zoé Martin' }]);
  expect(await identity.ask(DELETE, { contactId: contact.id }, owner)).toEqual({
    contactId: contact.id,
    userErrors: [],
  });
  expect((await list(owner, { search: 'zoe' })).nodes).toEqual([]);
});

const SEVEN = {
  name: 'Zoé',
  type: 'MAIN',
  newsletter: true,
  title: 'Achats',
  email: 'zoe@example.org',
  phone: '+33 1',
  mobile: '+33 6',
};

test.each(['name', 'type', 'newsletter'])(
  'G05 a card without %s is refused before anything is asked',
  async (field) => {
    const owner = await identity.person();
    const { [field as keyof typeof SEVEN]: _left, ...input } = SEVEN;
    for (const without of [input, { ...input, [field]: null }]) {
      const { data, errors } = await identity.execute(CREATE, { input: without }, owner);
      expect([data ?? null, errors?.[0]?.message]).toEqual([null, expect.stringContaining(field)]);
    }
    expect((await list(owner)).nodes).toEqual([]);
  },
);

test.each(Object.entries(NONE))('G05 a card says its %s, or by %s that there is none', async (field, none) => {
  const owner = await identity.person();
  const ask = (more: Answer): Promise<Answer> => identity.ask(CREATE, { ...SEVEN, ...more }, owner);
  const missing = { contact: null, userErrors: [{ code: 'FIELD_REQUIRED', field: ['input', field], rule: 'G05' }] };
  for (const value of [undefined, null, '', '  ']) {
    expect(await ask({ [field]: value })).toEqual(missing);
    expect(await ask({ [field]: value, [none]: false })).toEqual(missing);
  }
  const both = { contact: null, userErrors: [{ code: 'FIELD_CONTRADICTED', field: ['input', none], rule: 'G05' }] };
  expect(await ask({ [none]: true })).toEqual(both);
  expect((await list(owner)).nodes).toEqual([]);

  const { contact } = await ask({ [field]: '', [none]: true });
  expect(contact).toMatchObject({ [field]: null, [none]: true });
  const change = (more: Answer): Promise<Answer> => identity.ask(UPDATE, { contactId: contact.id, ...more }, owner);
  expect(await change({ [none]: false })).toEqual(missing);
  expect((await change({ name: 'Zoé D.' })).contact).toEqual({ ...contact, name: 'Zoé D.' });
  const { contact: given } = await change({ [field]: SEVEN[field as keyof typeof SEVEN] });
  expect(given).toMatchObject({ [field]: SEVEN[field as keyof typeof SEVEN], [none]: false });
  expect((await change({ [none]: false })).contact).toEqual(given);
  expect(await change({ [field]: null })).toEqual(missing);
  expect((await change({ [field]: null, [none]: true })).contact).toMatchObject({ [field]: null, [none]: true });
});

test.each([
  [{ name: '  ' }, 'FIELD_REQUIRED', 'name'],
  [{ name: 'x'.repeat(201) }, 'TEXT_NOT_READABLE', 'name'],
  [{ phone: 'x'.repeat(41) }, 'TEXT_NOT_READABLE', 'phone'],
  [{ note: 'a\u0000b' }, 'TEXT_NOT_READABLE', 'note'],
  [{ email: 'nobody' }, 'EMAIL_NOT_READABLE', 'email'],
  [{ branchId: newId() }, 'BRANCH_NOT_FOUND', 'branchId'],
])('G05 a card with %j is refused: %s', async (more, code, field) => {
  const owner = await identity.person();
  expect((await make(owner, more)).userErrors).toMatchObject([{ code, field: ['input', field] }]);
  expect((await list(owner)).nodes).toEqual([]);
});

test('G06 a card gives no access; once it has, it is not deleted before the access ends', async () => {
  const owner = await identity.person();
  const email = `${newId()}@example.org`;
  const { contact } = await make(owner, { email });
  expect((await identity.admin.query('select from app_user where email = $1', [email])).rowCount).toBe(0);
  const { invitation } = await identity.ask(
    GIVE,
    { contactId: contact.id, areas: [{ area: 'TRACKERS', verb: 'READ' }] },
    owner,
  );
  expect(invitation.membership).toEqual({ role: 'CLIENT', type: 'CONTACT' });
  expect((await identity.ask(DELETE, { contactId: contact.id }, owner)).userErrors).toEqual([
    { code: 'CONTACT_HAS_ACCESS' },
  ]);
  await identity.ask(
    'mutation ($input: InvitationWithdrawInput!) { invitationWithdraw(input: $input) { userErrors { code } } }',
    { invitationId: invitation.id },
    owner,
  );
  expect((await identity.ask(DELETE, { contactId: contact.id }, owner)).userErrors).toEqual([]);
});

test('G06 G07 access is given to a card with an e-mail only, by whoever sees it', async () => {
  const owner = await identity.person();
  const areas = [{ area: 'TRACKERS', verb: 'READ' }];
  const { contact } = await make(owner);
  const give = (viewer: Viewer, contactId: string) => identity.ask(GIVE, { contactId, areas }, viewer);
  expect((await give(owner, contact.id)).userErrors).toEqual([{ code: 'CONTACT_WITHOUT_EMAIL' }]);
  const absent = await give(owner, newId());
  expect(absent.userErrors).toEqual([{ code: 'CONTACT_NOT_FOUND' }]);
  expect(await give(await identity.person(), contact.id)).toEqual(absent);
  const blind: PersonViewer = { ...owner, role: 'MEMBER', areas: { SECURITY: 'WRITE', TRACKERS: 'WRITE' } };
  expect(await give(blind, contact.id)).toEqual(absent);
});

test('O10 cards need OTHER; another account’s look missing, also by _entities', async () => {
  const owner = await identity.person();
  const stranger = await identity.person();
  const { contact } = await make(owner);
  const hop = async (viewer: Viewer): Promise<Answer> =>
    await identity.execute(LIST, { r: [{ __typename: 'Contact', id: contact.id }] }, viewer);
  expect((await hop(owner)).data._entities).toEqual([{ name: 'Zoé' }]);
  expect((await hop(stranger)).data._entities).toEqual([null]);
  const security: PersonViewer = { ...owner, areas: { SECURITY: 'WRITE' } };
  expect((await hop(security)).errors[0].extensions.code).toBe('FORBIDDEN');
  const absent = await identity.ask(UPDATE, { contactId: newId(), name: 'Mine' }, stranger);
  expect(absent.userErrors).toMatchObject([{ code: 'CONTACT_NOT_FOUND' }]);
  expect(await identity.ask(UPDATE, { contactId: contact.id, name: 'Mine' }, stranger)).toEqual(absent);
  expect((await identity.ask(DELETE, { contactId: contact.id }, stranger)).userErrors).toEqual([
    { code: 'CONTACT_NOT_FOUND' },
  ]);
  expect((await make(stranger, { accountId: owner.accountId })).userErrors).toMatchObject([
    { code: 'ACCOUNT_NOT_FOUND' },
  ]);
});

test('G12 whoever is limited to branches sees, makes and touches the cards of those', async () => {
  const owner = await identity.person();
  const [north, south] = [newId(), newId()] as const;
  accounts.branches.set(north, owner.accountId).set(south, owner.accountId);
  const northern = (await make(owner, { name: 'North', branchId: north })).contact;
  const others = [
    (await make(owner, { name: 'South', branchId: south })).contact,
    (await make(owner, { name: 'None' })).contact,
  ];
  const limited: PersonViewer = { ...owner, role: 'MEMBER', branches: [north] };
  expect((await list(limited)).nodes).toEqual([{ name: 'North' }]);
  expect((await make(limited)).userErrors).toMatchObject([{ code: 'BRANCH_NOT_FOUND', rule: 'G12' }]);
  expect((await make(limited, { branchId: south })).userErrors).toMatchObject([{ code: 'BRANCH_NOT_FOUND' }]);
  expect((await make(limited, { branchId: north })).contact.branch).toEqual({ id: north });
  for (const { id } of others) {
    expect((await identity.ask(UPDATE, { contactId: id, title: 'x' }, limited)).userErrors[0].code).toBe(
      'CONTACT_NOT_FOUND',
    );
    expect((await identity.ask(DELETE, { contactId: id }, limited)).userErrors).toEqual([
      { code: 'CONTACT_NOT_FOUND' },
    ]);
  }
  expect((await identity.ask(UPDATE, { contactId: northern.id, branchId: null }, limited)).userErrors[0].code).toBe(
    'BRANCH_NOT_FOUND',
  );
  expect((await identity.ask(UPDATE, { contactId: northern.id, title: 'x' }, limited)).contact.title).toBe('x');
});

test('G01 a partner keeps the cards of a client that opened OTHER to it, and nobody else does', async () => {
  const [partner, client] = [await identity.person(), await identity.person()];
  expect((await make(partner, { accountId: client.accountId })).userErrors[0].code).toBe('ACCOUNT_NOT_FOUND');
  await identity.admin.query(
    `insert into access.reach (holder, account, area, verb, valid, partnership_id)
     select $1, $2, 'OTHER', verb, tstzrange(now() - interval '1 hour', null), $3 from unnest(array['READ', 'WRITE']) as verb`,
    [partner.accountId, client.accountId, newId()],
  );
  const { contact } = await make(partner, { accountId: client.accountId });
  expect(contact.name).toBe('Zoé');
  expect((await list(client)).nodes).toEqual([{ name: 'Zoé' }]);
  expect((await list(partner)).nodes).toEqual([]);

  const hop = async (viewer: Viewer): Promise<Answer> => {
    const { data, errors } = await identity.execute(LIST, { r: [{ __typename: 'Contact', id: contact.id }] }, viewer);
    return errors?.[0]?.extensions.code ?? (data as Answer)._entities[0];
  };
  expect([await hop(partner), await hop(client)]).toEqual([{ name: 'Zoé' }, { name: 'Zoé' }]);
  // Another account, even one that the same client lets into something else; a member of the partner who does not hold
  // OTHER.
  const stranger = await identity.person();
  expect(await hop(stranger)).toBeNull();
  await identity.admin.query(
    `insert into access.reach values ($1, $2, 'TRACKERS', 'READ', tstzrange(now() - interval '1 hour', null), $3)`,
    [stranger.accountId, client.accountId, newId()],
  );
  expect(await hop(stranger)).toBeNull();
  expect((await make(stranger, { accountId: client.accountId })).userErrors[0].code).toBe('ACCOUNT_NOT_FOUND');
  for (const side of [partner, client])
    expect(await hop({ ...side, role: 'MEMBER', areas: { TRACKERS: 'WRITE' } })).toBe('FORBIDDEN');
});
