import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { anonymous, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const ENTITIES = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on Membership { id user { email } areas { area } } ... on User { id email } ... on ApiKey { id name }
  ... on Account { id people { nodes { id user { email } } } networks apiKeys { nodes { id } } } } }`;
const hop = async (viewer: Viewer, ...of: [string, string][]): Promise<Answer> =>
  await identity.execute(ENTITIES, { representations: of.map(([__typename, id]) => ({ __typename, id })) }, viewer);
const ACCOUNT_NETWORKS = `mutation ($input: AccountNetworksSetInput!) { accountNetworksSet(input: $input) { account { id networks } userErrors { code rule field } } }`;
const MEMBER_NETWORKS = `mutation ($input: MembershipNetworksSetInput!) { membershipNetworksSet(input: $input) { membership { id networks } userErrors { code rule } } }`;
const VIEWER = `{ viewer { user { email } membership { id } account { id } apiKey { id } memberships(first: 2) {
  nodes { id account { id } areas { area verb } } pageInfo { hasNextPage endCursor } } } }`;

test('O14 the viewer is the person, with or without an account, page by page', async () => {
  const person = await identity.person();
  for (let more = 0; more < 2; more += 1) await identity.join(person.userId, newId());
  const asked = await identity.ask(VIEWER, null, person);
  expect(asked).toMatchObject({
    user: { email: person.email },
    membership: { id: person.membershipId },
    account: { id: person.accountId },
    apiKey: null,
  });
  expect(asked.memberships.nodes).toHaveLength(2);
  expect(asked.memberships.pageInfo.hasNextPage).toBe(true);
  const next = await identity.ask(
    `{ viewer { memberships(after: "${asked.memberships.pageInfo.endCursor}") { nodes { id } } } }`,
    null,
    person,
  );
  expect(next.memberships.nodes).toEqual([{ id: person.membershipId }]);

  const chosenNone = { ...anonymous(), userId: person.userId, sessionId: newId(), networks: [] };
  const without = await identity.ask(VIEWER, null, chosenNone);
  expect(without).toMatchObject({ user: { email: person.email }, membership: null, account: null });
  expect(without.memberships.nodes).toHaveLength(2);
  const { errors } = await identity.execute(VIEWER, {}, anonymous());
  expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('a key sees the account it is for, not where else its maker is a member', async () => {
  const { sessionId: _, ...person } = await identity.person();
  const elsewhere = await identity.join(person.userId, newId());
  const key: Viewer = { ...person, kind: 'KEY', keyId: newId() };
  const asked = await identity.ask(VIEWER, null, key);
  expect(asked.memberships.nodes.map((node: Answer) => node.id)).toEqual([person.membershipId]);
  expect((await hop(key, ['Membership', elsewhere])).data._entities).toEqual([null]);
});

test('tenants are isolated: by _entities, what is another’s looks missing', async () => {
  const [owner, stranger] = [await identity.person(), await identity.person()];
  const { apiKey } = await identity.ask(
    `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } } }`,
    { name: 'k', areas: [{ area: 'OTHER', verb: 'READ' }] },
    owner,
  );
  const things: [string, string][] = [
    ['Membership', owner.membershipId],
    ['User', owner.userId],
    ['ApiKey', apiKey.id],
  ];
  const own = await hop(owner, ...things);
  expect(own.data._entities.map((each: Answer) => each.id)).toEqual(things.map(([, id]) => id));
  const foreign = await hop(stranger, ...things);
  expect(foreign).toEqual(await hop(stranger, ...things.map(([type]): [string, string] => [type, newId()])));
  expect(foreign.data._entities).toEqual([null, null, null]);
  const account = await hop(stranger, ['Account', owner.accountId]);
  expect(account.data._entities).toEqual([
    { id: owner.accountId, people: { nodes: [] }, networks: null, apiKeys: { nodes: [] } },
  ]);
  for (const nobody of [anonymous(), serviceViewer('billing')]) {
    expect((await hop(nobody, ['Membership', owner.membershipId])).errors).toHaveLength(1);
  }
});

test('O10 without SECURITY one sees oneself and nobody else, also by _entities', async () => {
  const owner = await identity.person();
  const colleague = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['TRACKERS:WRITE'] });
  const seen = await hop(
    colleague,
    ['Membership', owner.membershipId],
    ['User', owner.userId],
    ['Membership', colleague.membershipId],
    ['User', colleague.userId],
  );
  expect(seen.data._entities.map((each: Answer) => each?.id ?? null)).toEqual([
    null,
    null,
    colleague.membershipId,
    colleague.userId,
  ]);
  const { data, errors } = await hop(colleague, ['Account', owner.accountId]);
  expect(data._entities).toEqual([{ id: owner.accountId, people: null, networks: null, apiKeys: null }]);
  expect(new Set(errors.map((error: Answer) => error.extensions.code))).toEqual(new Set(['FORBIDDEN']));
});

test('the password’s hash and the hash of a key cannot be read by the role of requests', async () => {
  for (const sql of [
    'select password_hash from identity.app_user',
    'select hash from identity.api_key',
    'select refresh_hash from identity.session',
  ]) {
    await identity.admin.query('begin; set local role comptoir_identity');
    await expect(identity.admin.query(sql)).rejects.toThrow(/permission denied/);
    await identity.admin.query('rollback');
  }
});

test('people of many accounts cost the same number of statements as those of one', async () => {
  const staff = staffViewer();
  const accounts: string[] = [];
  for (let each = 0; each < 8; each += 1) {
    const { accountId } = await identity.person();
    await identity.person({ accountId });
    accounts.push(accountId);
  }
  const count = async (ids: string[]): Promise<number> => {
    identity.statements();
    const { data, errors } = await hop(staff, ...ids.map((id): [string, string] => ['Account', id]));
    expect(errors).toBeUndefined();
    expect(data._entities.every((each: Answer) => each.people.nodes.length === 2)).toBe(true);
    return identity.statements().length;
  };
  expect(await count(accounts)).toBe(await count(accounts.slice(0, 1)));
});

test('G11 the networks of an account: set, bad entry, own lock-out, lifted', async () => {
  const owner = await identity.person();
  const set = (networks: string[], address = '10.1.1.1'): Promise<Answer> =>
    identity.ask(ACCOUNT_NETWORKS, { networks }, { ...owner, address });
  expect(await set(['10.1.2.3/8'])).toEqual({
    account: { id: owner.accountId, networks: ['10.0.0.0/8'] },
    userErrors: [],
  });
  expect((await set(['10.0.0.0/8', '10.0.0.0/40'])).userErrors).toEqual([
    { code: 'NETWORK_NOT_READABLE', rule: 'G11', field: ['input', 'networks', '1'] },
  ]);
  expect((await set(['192.0.2.0/24'])).userErrors).toMatchObject([{ code: 'WOULD_LOCK_YOU_OUT' }]);
  expect((await set(['192.0.2.0/24'], null as unknown as string)).userErrors).toMatchObject([
    { code: 'WOULD_LOCK_YOU_OUT' },
  ]);
  const { rows } = await identity.admin.query('select networks from access.account_network where account = $1', [
    owner.accountId,
  ]);
  expect(rows).toEqual([{ networks: ['10.0.0.0/8'] }]);
  expect((await set([])).account.networks).toEqual([]);
  expect(
    (await identity.admin.query('select from access.account_network where account = $1', [owner.accountId])).rowCount,
  ).toBe(0);
});

test('G11 a partner’s owner who was let into SECURITY limits the client’s people, and never its owner', async () => {
  const [owner, partner] = [await identity.person(), await identity.person()];
  const admin = await identity.person({ accountId: owner.accountId, role: 'ADMIN' });
  for (const verb of ['READ', 'WRITE']) {
    await identity.admin.query(
      `insert into access.reach values ($1, $2, 'SECURITY', $3, tstzrange(now() - interval '1 hour', null), $4)`,
      [partner.accountId, owner.accountId, verb, newId()],
    );
  }
  const set = (membershipId: string): Promise<Answer> =>
    identity.ask(MEMBER_NETWORKS, { membershipId, networks: ['10.0.0.0/8'] }, partner);
  expect((await set(admin.membershipId)).userErrors).toEqual([]);
  expect((await set(owner.membershipId)).userErrors).toMatchObject([{ code: 'OWNER_ONLY' }]);
});

test('G11 a network is stored as it is meant: only a mapped one becomes IPv4', async () => {
  const owner = { ...(await identity.person()), address: '::203.0.113.5' };
  const set = (...networks: string[]): Promise<Answer> => identity.ask(ACCOUNT_NETWORKS, { networks }, owner);
  expect((await set('203.0.113.0/24')).userErrors).toMatchObject([{ code: 'WOULD_LOCK_YOU_OUT' }]);
  expect((await set('::1.2.3.4/96', '::ffff:1.2.3.4/120', '64:FF9B::1.2.3.4')).account.networks).toEqual([
    '::/96',
    '1.2.3.0/24',
    '64:ff9b::102:304/128',
  ]);
  expect((await set('::/96', '::ffff:1.2.3.4/95')).userErrors).toMatchObject([{ code: 'NETWORK_NOT_READABLE' }]);
});

test('G11 the networks of a member: by whoever has SECURITY there; an owner’s by an owner; nobody shuts themselves out', async () => {
  const owner = await identity.person();
  const admin = await identity.person({ accountId: owner.accountId, role: 'ADMIN' });
  const stranger = await identity.person();
  const set = async (viewer: Viewer, membershipId: string, networks = ['10.0.0.0/8']): Promise<Answer> =>
    await identity.ask(MEMBER_NETWORKS, { membershipId, networks }, viewer);
  expect(await set(owner, admin.membershipId)).toEqual({
    membership: { id: admin.membershipId, networks: ['10.0.0.0/8'] },
    userErrors: [],
  });
  expect((await set(admin, owner.membershipId)).userErrors).toMatchObject([{ code: 'OWNER_ONLY' }]);
  expect((await set(owner, owner.membershipId)).userErrors).toMatchObject([
    { code: 'WOULD_LOCK_YOU_OUT', rule: 'G11' },
  ]);
  const absent = await set(stranger, newId());
  expect(absent.userErrors).toMatchObject([{ code: 'MEMBERSHIP_NOT_FOUND' }]);
  expect(await set(stranger, admin.membershipId)).toEqual(absent);
  const reader = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['SECURITY:READ'] });
  const { errors } = await identity.execute(
    MEMBER_NETWORKS,
    { input: { membershipId: reader.membershipId, networks: [] } },
    reader,
  );
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
