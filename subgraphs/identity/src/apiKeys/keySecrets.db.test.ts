import { newId } from '@comptoir/shared/values/uuid.ts';
import { readApiKey } from '@comptoir/shared/viewer/apiKey.ts';
import type { PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, EVERY_AREA, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';
import { refusesHigherRole } from './apiKeyRules.ts';
import { opensMore } from './apiKeyWidening.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) {
  apiKey { id } secret userErrors { code rule } } }`;
const HAND_OVER = `mutation ($input: ApiKeyHandOverInput!) { apiKeyHandOver(input: $input) {
  apiKey { id lastFour owner previousUntil } secret userErrors { code rule field } } }`;
const ROTATE = `mutation ($input: ApiKeyRotateInput!) { apiKeyRotate(input: $input) {
  secret userErrors { code rule } } }`;
const UPDATE = `mutation ($input: ApiKeyUpdateInput!) { apiKeyUpdate(input: $input) {
  apiKey { id } userErrors { code rule field } } }`;
const STANDING = `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) { keyId } }`;
const TRACKERS = [{ area: 'TRACKERS', verb: 'WRITE' }];
const [NORTH, SOUTH] = [newId(), newId()];

const create = (viewer: Viewer, input: Record<string, unknown> = {}): Promise<Answer> =>
  identity.ask(CREATE, { name: 'scans', areas: TRACKERS, ...input }, viewer);
const colleague = (
  of: PersonViewer,
  role: PersonViewer['role'] = 'MEMBER',
  areas: Answer = ['SECURITY:WRITE', 'TRACKERS:WRITE'],
) => identity.person({ accountId: of.accountId, role, areas });
const code = ({ userErrors }: Answer): Answer => userErrors.map((error: Answer) => `${error.code} ${error.rule}`);
const change = (sql: string, values: unknown[]) => identity.admin.query(sql, values);
async function read(query: string, variables: Record<string, unknown>, viewer: Viewer): Promise<Answer> {
  const { data, errors } = await identity.execute(query, variables, viewer);
  expect(errors).toBeUndefined();
  return data;
}
const works = async (secret: string): Promise<boolean> => {
  const credential = { keyHash: readApiKey(secret) };
  return (await read(STANDING, { credential }, serviceViewer('gateway'))).credentialStanding !== null;
};

test.each([
  ['of a limited member, to one without limit', `update membership set branches = '{${NORTH}}' where id = $1`, null],
  [
    'of a limited member, to one of another branch',
    `update membership set branches = '{${NORTH}}' where id = $1`,
    `update membership set branches = '{${SOUTH}}' where id = $1`,
  ],
  ['of a member, to an ADMIN', null, `update membership set role = 'ADMIN', areas = '{${EVERY_AREA}}' where id = $1`],
  [
    'of one who holds less by now',
    `update membership set areas = '{SECURITY:WRITE,TRACKERS:READ}' where id = $1`,
    null,
  ],
  ['of one who comes from one network', `update membership set networks = '{10.0.0.0/8}' where id = $1`, null],
  ['of one who is shut out', `update membership set status = 'INACTIVE' where id = $1`, null],
])('G15 a secret that somebody knows opens no more than before: a key %s', async (_what, old, next) => {
  const owner = await identity.person();
  const [maker, heir] = [await colleague(owner), await colleague(owner)];
  const { apiKey, secret } = await create(maker);
  if (old !== null) await change(old, [maker.membershipId]);
  if (next !== null) await change(next, [heir.membershipId]);
  const input = { apiKeyId: apiKey.id, membershipId: heir.membershipId };
  const refused = await identity.ask(HAND_OVER, input, owner);
  expect(refused).toMatchObject({
    apiKey: null,
    secret: null,
    userErrors: [{ code: 'KEY_WOULD_OPEN_MORE', rule: 'G15', field: ['input', 'rotate'] }],
  });
  const handed = await identity.ask(HAND_OVER, { ...input, rotate: true }, owner);
  expect(code(handed)).toEqual([]);
  expect(handed.apiKey.lastFour).toBe(handed.secret.slice(-4));
  expect([await works(secret), await works(handed.secret)]).toEqual([false, true]);
});

test('G15 to the account, too, and from it to a role above MEMBER', async () => {
  const owner = await identity.person();
  const [limited, client, plain] = [await colleague(owner), await colleague(owner), await colleague(owner)];
  await change('update membership set branches = $2 where id = $1', [limited.membershipId, [NORTH]]);
  const keys = [await create(limited), await create(client), await create(plain)];
  await change(`update membership set role = 'CLIENT', areas = '{TRACKERS:WRITE}' where id = $1`, [
    client.membershipId,
  ]);
  const hand = async ({ apiKey }: Answer, input: object): Promise<Answer> =>
    code(await identity.ask(HAND_OVER, { apiKeyId: apiKey.id, ...input }, owner));
  const answers = [];
  for (const key of keys) answers.push(await hand(key, { toAccount: true }));
  expect(answers).toEqual([['KEY_WOULD_OPEN_MORE G15'], ['KEY_WOULD_OPEN_MORE G15'], []]);
  expect(await works(keys[2].secret)).toBe(true);
  expect(await hand(keys[2], { membershipId: owner.membershipId })).toEqual(['KEY_WOULD_OPEN_MORE G15']);
  expect(await hand(keys[2], { membershipId: limited.membershipId })).toEqual([]);
});

test('G15 a hand-over ends the secret before the one in force; handed to whom it belongs, nothing ends', async () => {
  const owner = await identity.person();
  const [maker, heir] = [await colleague(owner), await colleague(owner)];
  const { apiKey, secret } = await create(maker);
  const rotated = await identity.ask(ROTATE, { apiKeyId: apiKey.id, overlapMinutes: 60 }, maker);
  const hand = (to: PersonViewer): Promise<Answer> =>
    identity.ask(HAND_OVER, { apiKeyId: apiKey.id, membershipId: to.membershipId }, owner);
  expect((await hand(maker)).apiKey.previousUntil).not.toBeNull();
  expect(await works(secret)).toBe(true);
  expect((await hand(heir)).apiKey.previousUntil).toBeNull();
  expect([await works(secret), await works(rotated.secret)]).toEqual([false, true]);
});

const NS = [NORTH, SOUTH];
test.each([
  [null, null, false],
  [null, NS, false],
  [NS, null, true],
  [NS, NS, false],
  [NS, [NORTH], false],
  [[NORTH], NS, true],
  [[NORTH], [SOUTH], true],
])('G12 from an owner with the branches %j to one with %j: a key opens more is %j', (from, to, more) => {
  const standing = (branches: string[] | null) => ({ role: 'MEMBER' as const, areas: null, branches, networks: [] });
  expect(opensMore(['TRACKERS:READ'], standing(from), standing(to))).toBe(more);
});

test('G15 a key of the provider’s staff is staff’s alone, and no role is above them', () => {
  const refused = (role: PersonViewer['role'], viewer: PersonViewer['role']): boolean =>
    refusesHigherRole(role, { role: viewer }, []) !== null;
  expect([refused('STAFF', 'OWNER'), refused('STAFF', 'ADMIN'), refused('STAFF', 'STAFF')]).toEqual([
    true,
    true,
    false,
  ]);
  expect([refused('OWNER', 'STAFF'), refused('OWNER', 'ADMIN'), refused('ADMIN', 'OWNER')]).toEqual([
    false,
    true,
    false,
  ]);
});

test('G15 nobody says what the key of a role above their own is good for', async () => {
  const owner = await identity.person();
  const admin = await colleague(owner, 'ADMIN', EVERY_AREA);
  const { apiKey } = await create(owner, { networks: ['10.0.0.0/8'] });
  for (const lifted of [{ networks: null }, { accounts: null }, { expiresAt: null }, { creditBudget: null }]) {
    const answer = await identity.ask(UPDATE, { apiKeyId: apiKey.id, ...lifted }, admin);
    expect(answer.apiKey).toBeNull();
    expect(answer.userErrors).toEqual([{ code: 'ROLE_ABOVE_YOURS', rule: 'G15', field: ['input', 'apiKeyId'] }]);
  }
  expect(code(await identity.ask(UPDATE, { apiKeyId: apiKey.id, networks: null }, owner))).toEqual([]);
  const own = await create(admin);
  expect(code(await identity.ask(UPDATE, { apiKeyId: own.apiKey.id, name: 'b' }, owner))).toEqual([]);
});

test('G12 a member of one branch sees a key that was handed to them, and no maker whom they may not see', async () => {
  const owner = await identity.person();
  const [maker, heir] = [await colleague(owner), await colleague(owner)];
  const { apiKey } = await create(maker);
  await change('update membership set branches = $2 where id = $1', [heir.membershipId, [NORTH]]);
  const input = { apiKeyId: apiKey.id, membershipId: heir.membershipId };
  expect(code(await identity.ask(HAND_OVER, input, owner))).toEqual([]);
  const MINE = `query ($id: ID!) { membership(id: $id) { apiKeys { nodes { id createdBy { id } heldBy { id } } } } }`;
  const nodes = async (viewer: PersonViewer): Promise<Answer> =>
    (await read(MINE, { id: heir.membershipId }, viewer)).membership.apiKeys.nodes;
  const key = { id: apiKey.id, heldBy: { id: heir.userId } };
  expect(await nodes({ ...heir, branches: [NORTH] })).toEqual([{ ...key, createdBy: null }]);
  expect(await nodes(owner)).toEqual([{ ...key, createdBy: { id: maker.userId } }]);
});

test('G18 before a member goes it is shown which secrets they may know, until another rotates the key', async () => {
  const owner = await identity.person();
  const [member, heir] = [await colleague(owner), await colleague(owner)];
  const [account, handed, own, gone] = [
    await create(member, { owner: 'ACCOUNT' }),
    await create(member),
    await create(member),
    await create(member, { owner: 'ACCOUNT' }),
  ];
  const toHeir = { apiKeyId: handed.apiKey.id, membershipId: heir.membershipId };
  expect(code(await identity.ask(HAND_OVER, toHeir, owner))).toEqual([]);
  await change('update api_key set revoked_at = now() where id = $1', [gone.apiKey.id]);
  const heirs = await create(heir);
  await identity.ask(ROTATE, { apiKeyId: heirs.apiKey.id }, member);
  const KNOWN = `query ($id: ID!, $after: String, $first: Int) { membership(id: $id) {
    knownKeys(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
    endingKeys { nodes { id } } } }`;
  const known = async (more: Record<string, unknown> = {}): Promise<Answer> =>
    (await read(KNOWN, { id: member.membershipId, ...more }, owner)).membership;
  const ids = (connection: Answer): string[] => connection.nodes.map(({ id }: Answer) => id);
  const all = [heirs, handed, account].map(({ apiKey }) => apiKey.id);
  expect(ids((await known()).knownKeys)).toEqual(all);
  expect(ids((await known()).endingKeys)).toEqual([own.apiKey.id]);
  const { knownKeys: page } = await known({ first: 2 });
  expect([ids(page), page.pageInfo.hasNextPage]).toEqual([all.slice(0, 2), true]);
  expect(ids((await known({ first: 2, after: page.pageInfo.endCursor })).knownKeys)).toEqual(all.slice(2));

  await identity.ask(ROTATE, { apiKeyId: account.apiKey.id, overlapMinutes: 60 }, owner);
  expect(ids((await known()).knownKeys)).toEqual(all);
  identity.advance(3_601_000);
  expect(ids((await known()).knownKeys)).toEqual(all.slice(0, 2));
});
