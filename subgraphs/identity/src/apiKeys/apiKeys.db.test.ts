import { newId } from '@comptoir/shared/values/uuid.ts';
import { readApiKey } from '@comptoir/shared/viewer/apiKey.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { anonymous, serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) {
  apiKey { id name lastFour areas { area verb } networks createdBy { id } account { id } revokedAt } secret userErrors { code rule field } } }`;
const REVOKE = `mutation ($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) { apiKey { id revokedAt } userErrors { code } } }`;
const TRACKERS = [{ area: 'TRACKERS', verb: 'WRITE' }];
const create = (viewer: Viewer, input: Record<string, unknown> = {}): Promise<Answer> =>
  identity.ask(CREATE, { name: 'scans', areas: TRACKERS, ...input }, viewer);
const standing = async (credential: Record<string, unknown>): Promise<Answer> => {
  const { data, errors } = await identity.execute(
    `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) {
      userId membershipId accountId role areas networks keyId refusal } }`,
    { credential },
    serviceViewer('gateway'),
  );
  expect(errors).toBeUndefined();
  return data?.credentialStanding;
};

test('G15 a key is shown once and stored hashed', async () => {
  const viewer = await identity.person();
  const { apiKey, secret, userErrors } = await create(viewer, { networks: ['10.0.0.1'] });
  expect(userErrors).toEqual([]);
  expect(apiKey).toMatchObject({
    name: 'scans',
    areas: TRACKERS,
    networks: ['10.0.0.1/32'],
    createdBy: { id: viewer.userId },
    account: { id: viewer.accountId },
    lastFour: secret.slice(-4),
  });
  const { rows } = await identity.admin.query(
    'select hash, row_to_json(k)::text as text from api_key k where id = $1',
    [apiKey.id],
  );
  expect(rows[0].hash).toBe(readApiKey(secret));
  expect(rows[0].text).not.toContain(secret);
});

test('G15 O10 a key never opens more than its maker holds, then or later', async () => {
  const viewer = await identity.person({ role: 'MEMBER', areas: ['SECURITY:WRITE', 'TRACKERS:READ'] });
  expect((await create(viewer)).userErrors).toEqual([
    { code: 'MORE_THAN_YOU_HOLD', rule: 'G15', field: ['input', 'areas'] },
  ]);
  const { secret } = await create(viewer, {
    areas: [
      { area: 'TRACKERS', verb: 'READ' },
      { area: 'SECURITY', verb: 'READ' },
    ],
  });
  const keyHash = readApiKey(secret);
  expect((await standing({ keyHash })).areas.sort()).toEqual(['SECURITY:READ', 'TRACKERS:READ']);
  await identity.admin.query(`update membership set areas = '{BILLING:WRITE,TRACKERS:WRITE}' where id = $1`, [
    viewer.membershipId,
  ]);
  expect((await standing({ keyHash })).areas).toEqual(['TRACKERS:READ']);
  await identity.admin.query(`update membership set status = 'INACTIVE' where id = $1`, [viewer.membershipId]);
  expect(await standing({ keyHash })).toBeNull();
});

test.each([
  [{ name: ' ' }, 'NAME_NOT_READABLE'],
  [{ areas: [] }, 'AREAS_NOT_READABLE'],
  [{ areas: [...TRACKERS, ...TRACKERS] }, 'AREAS_NOT_READABLE'],
  [{ networks: ['10.0.0.0/99'] }, 'NETWORK_NOT_READABLE'],
  [{ expiresAt: '2020-01-01T00:00:00Z' }, 'PERIOD_IS_EMPTY'],
  [{ notBefore: '2099-01-02T00:00:00Z', expiresAt: '2099-01-01T00:00:00Z' }, 'PERIOD_IS_EMPTY'],
])('a key with %j is refused: %s, and none is made', async (input, code) => {
  const viewer = await identity.person();
  expect((await create(viewer, input)).userErrors[0].code).toBe(code);
  expect((await identity.admin.query('select from api_key where account_id = $1', [viewer.accountId])).rowCount).toBe(
    0,
  );
});

test('keys make no keys; without SECURITY for writing nobody does; nobody unknown does', async () => {
  const owner = await identity.person();
  const { sessionId: _, ...acting } = owner;
  const reader = await identity.person({ role: 'MEMBER', areas: ['SECURITY:READ', 'TRACKERS:WRITE'] });
  for (const [viewer, code] of [
    [{ ...acting, kind: 'KEY', keyId: newId() } as Viewer, 'FORBIDDEN'],
    [reader, 'FORBIDDEN'],
    [anonymous(), 'UNAUTHENTICATED'],
  ] as const) {
    const { errors } = await identity.execute(CREATE, { input: { name: 'x', areas: TRACKERS } }, viewer);
    expect(errors?.[0]?.extensions.code).toBe(code);
  }
});

test('another account’s key looks absent', async () => {
  const [owner, stranger] = [await identity.person(), await identity.person()];
  const { apiKey, secret } = await create(owner);
  const absent = await identity.ask(REVOKE, { apiKeyId: newId() }, stranger);
  expect(absent.userErrors).toEqual([{ code: 'API_KEY_NOT_FOUND' }]);
  expect(await identity.ask(REVOKE, { apiKeyId: apiKey.id }, stranger)).toEqual(absent);
  expect(await standing({ keyHash: readApiKey(secret) })).not.toBeNull();
});

test('GUARD a revoked key is good for nothing, and stays revoked', async () => {
  const owner = await identity.person();
  const { apiKey, secret } = await create(owner);
  const first = await identity.ask(REVOKE, { apiKeyId: apiKey.id }, owner);
  expect(first.apiKey.revokedAt).not.toBeNull();
  expect(await standing({ keyHash: readApiKey(secret) })).toBeNull();
  expect(await identity.ask(REVOKE, { apiKeyId: apiKey.id }, owner)).toEqual(first);
});

test('the gateway is told in one statement what a session or key is good for', async () => {
  const owner = await identity.person();
  const { session } = await identity.logIn(owner.email);
  const { apiKey, secret } = await create(owner, { networks: ['10.0.0.0/8'] });
  await identity.admin.query(`insert into access.account_network values ($1, '{10.0.0.0/9}')`, [owner.accountId]);
  identity.statements();
  const found = await standing({ sessionId: session.sessionId, accountId: owner.accountId });
  expect(identity.statements()).toHaveLength(1);
  const { userId, membershipId, accountId } = owner;
  const acting = { userId, membershipId, accountId, role: 'OWNER', refusal: null };
  expect(found).toMatchObject({ ...acting, keyId: null, networks: [['10.0.0.0/9']] });
  expect(found.areas).toHaveLength(7);
  expect(await standing({ keyHash: readApiKey(secret), accountId: null })).toEqual({
    ...acting,
    keyId: apiKey.id,
    areas: ['TRACKERS:WRITE'],
    networks: [['10.0.0.0/8'], ['10.0.0.0/9']],
  });
  expect(identity.statements()).toHaveLength(1);
});

test('a credential that is good for another account says so, alike for a foreign and a missing one; an unknown one is null', async () => {
  const [owner, stranger] = [await identity.person(), await identity.person()];
  const { session } = await identity.logIn(owner.email);
  const { secret } = await create(owner);
  for (const credential of [{ sessionId: session.sessionId }, { keyHash: readApiKey(secret) }]) {
    const foreign = await standing({ ...credential, accountId: stranger.accountId });
    expect(foreign).toMatchObject({ accountId: null, membershipId: null, areas: [], refusal: expect.any(String) });
    expect(await standing({ ...credential, accountId: newId() })).toEqual(foreign);
  }
  expect(await standing({ sessionId: session.sessionId })).toMatchObject({
    userId: owner.userId,
    accountId: null,
    refusal: null,
  });
  for (const credential of [{}, { sessionId: newId() }, { sessionId: 'x' }, { keyHash: 'x' }])
    expect(await standing(credential)).toBeNull();
});

test('only the gateway may ask for standings and note uses', async () => {
  const owner = await identity.person();
  for (const viewer of [owner, anonymous(), serviceViewer('billing')]) {
    const asked = await identity.execute('{ credentialStanding(credential: {}) { userId } }', {}, viewer);
    expect(asked.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});

test('G14 the last use is noted, at most once a minute and never backwards', async () => {
  const owner = await identity.person();
  const { apiKey } = await create(owner);
  const used = async (...instants: string[]): Promise<string> => {
    const uses = instants.map((usedAt) => ({ keyId: apiKey.id, usedAt }));
    await identity.ask(
      'mutation ($input: InternalApiKeysUsedInput!) { internalApiKeysUsed(input: $input) { noted } }',
      { uses },
      serviceViewer('gateway'),
    );
    return (
      await identity.admin.query('select last_used_at from api_key where id = $1', [apiKey.id])
    ).rows[0].last_used_at.toISOString();
  };
  expect(await used('2026-01-01T10:00:00Z', '2026-01-01T10:00:30Z')).toBe('2026-01-01T10:00:30.000Z');
  expect(await used('2026-01-01T10:01:29Z')).toBe('2026-01-01T10:00:30.000Z');
  expect(await used('2026-01-01T10:01:30Z')).toBe('2026-01-01T10:01:30.000Z');
  expect(await used('2026-01-01T09:00:00Z')).toBe('2026-01-01T10:01:30.000Z');
});
