import { newId } from '@comptoir/shared/values/uuid.ts';
import { readApiKey } from '@comptoir/shared/viewer/apiKey.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const SHOWN =
  'id name lastFour areas { area verb } networks accounts { id } preview creditBudget notBefore expiresAt rotatedAt previousUntil';
const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { ${SHOWN} } secret userErrors { code rule field } } }`;
const ROTATE = `mutation ($input: ApiKeyRotateInput!) { apiKeyRotate(input: $input) { apiKey { ${SHOWN} } secret userErrors { code rule field } } }`;
const UPDATE = `mutation ($input: ApiKeyUpdateInput!) { apiKeyUpdate(input: $input) { apiKey { ${SHOWN} } userErrors { code rule field } } }`;
const TRACKERS = [{ area: 'TRACKERS', verb: 'WRITE' }];

const create = (viewer: Viewer, input: Record<string, unknown> = {}): Promise<Answer> =>
  identity.ask(CREATE, { name: 'scans', areas: TRACKERS, ...input }, viewer);
const standing = async (secret: string): Promise<Answer> => {
  const { data, errors } = await identity.execute(
    `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) { keyId areas keyLimits { accounts preview creditBudget } } }`,
    { credential: { keyHash: readApiKey(secret) } },
    serviceViewer('gateway'),
  );
  expect(errors).toBeUndefined();
  return data?.credentialStanding;
};
/** Moves what ends by the installation's clock into the past. */
const age = (keyId: string, minutes: number) =>
  identity.admin.query(`update api_key set previous_until = previous_until - $2 * interval '1 minute' where id = $1`, [
    keyId,
    minutes,
  ]);

test('G15 N11 the gateway is told what a key is kept to: its account set with its own account in it, preview, budget', async () => {
  const owner = await identity.person();
  const other = newId();
  const { secret, apiKey } = await create(owner, { accounts: [other], preview: true, creditBudget: 500 });
  expect(apiKey).toMatchObject({ accounts: [{ id: other }], preview: true, creditBudget: 500 });
  expect((await standing(secret)).keyLimits).toEqual({
    accounts: [owner.accountId, other],
    preview: true,
    creditBudget: 500,
  });
  const free = await create(owner);
  expect(free.apiKey).toMatchObject({ accounts: null, preview: false, creditBudget: null });
  expect((await standing(free.secret)).keyLimits).toEqual({ accounts: null, preview: false, creditBudget: null });
  const alone = await create(owner, { accounts: [] });
  expect((await standing(alone.secret)).keyLimits.accounts).toEqual([owner.accountId]);
});

test.each([
  [{ accounts: ['x'] }, 'ACCOUNTS_NOT_READABLE', 'G15'],
  [{ accounts: Array.from({ length: 101 }, newId) }, 'ACCOUNTS_NOT_READABLE', 'G15'],
  [{ creditBudget: -1 }, 'BUDGET_NOT_READABLE', 'N11'],
])('N11 a key cannot be kept to what cannot be read (%#): %s', async (input, code, rule) => {
  expect((await create(await identity.person(), input)).userErrors[0]).toMatchObject({ code, rule });
});

test('G15 a rotation gives a new secret, shown once; the old one is good during the overlap and then dies', async () => {
  const owner = await identity.person();
  const { apiKey, secret: first } = await create(owner);
  const rotated = await identity.ask(ROTATE, { apiKeyId: apiKey.id, overlapMinutes: 30 }, owner);
  expect(rotated.userErrors).toEqual([]);
  expect(rotated.secret).not.toBe(first);
  expect(rotated.apiKey).toMatchObject({ id: apiKey.id, lastFour: rotated.secret.slice(-4), name: 'scans' });
  const overlap = Date.parse(rotated.apiKey.previousUntil) - Date.parse(rotated.apiKey.rotatedAt);
  expect(overlap).toBe(30 * 60_000);
  for (const secret of [first, rotated.secret]) expect((await standing(secret)).keyId).toBe(apiKey.id);
  await age(apiKey.id, 29);
  expect(await standing(first)).not.toBeNull();
  await age(apiKey.id, 2);
  expect(await standing(first)).toBeNull();
  expect((await standing(rotated.secret)).keyId).toBe(apiKey.id);
});

test('G15 without overlap the old secret dies at once, and of two rotations in a row only the last secret before is kept', async () => {
  const owner = await identity.person();
  const { apiKey, secret: first } = await create(owner);
  const second = await identity.ask(ROTATE, { apiKeyId: apiKey.id, overlapMinutes: 60 }, owner);
  const third = await identity.ask(ROTATE, { apiKeyId: apiKey.id, overlapMinutes: 60 }, owner);
  expect(await standing(first)).toBeNull();
  expect(await standing(second.secret)).not.toBeNull();
  const fourth = await identity.ask(ROTATE, { apiKeyId: apiKey.id }, owner);
  for (const { secret } of [second, third]) expect(await standing(secret)).toBeNull();
  expect(await standing(fourth.secret)).not.toBeNull();
  expect(fourth.apiKey.previousUntil).toBeNull();
});

test('G15 nobody gets or changes a key that opens more than they hold: rotating an owner’s key makes no owner', async () => {
  const owner = await identity.person();
  const { apiKey, secret } = await create(owner, { areas: [...TRACKERS, { area: 'BILLING', verb: 'WRITE' }] });
  const small = await identity.person({
    accountId: owner.accountId,
    role: 'MEMBER',
    areas: ['SECURITY:WRITE', 'TRACKERS:WRITE'],
  });
  const refused = [{ code: 'MORE_THAN_YOU_HOLD', rule: 'G15', field: ['input', 'apiKeyId'] }];
  expect(await identity.ask(ROTATE, { apiKeyId: apiKey.id }, small)).toEqual({
    apiKey: null,
    secret: null,
    userErrors: refused,
  });
  expect((await identity.ask(UPDATE, { apiKeyId: apiKey.id, name: 'x' }, small)).userErrors).toEqual(refused);
  expect(await standing(secret)).not.toBeNull();
  const own = await create(small);
  expect(
    (await identity.ask(UPDATE, { apiKeyId: own.apiKey.id, areas: [{ area: 'BILLING', verb: 'READ' }] }, small))
      .userErrors,
  ).toEqual([{ code: 'MORE_THAN_YOU_HOLD', rule: 'G15', field: ['input', 'areas'] }]);
});

test('G15 an update changes what it names, and the standing with it; null lifts a limit', async () => {
  const owner = await identity.person();
  const { apiKey, secret } = await create(owner, { networks: ['10.0.0.0/8'], creditBudget: 5, accounts: [] });
  const { apiKey: changed } = await identity.ask(
    UPDATE,
    { apiKeyId: apiKey.id, name: 'renamed', areas: [{ area: 'TRACKERS', verb: 'READ' }], creditBudget: 9 },
    owner,
  );
  expect(changed).toEqual({ ...apiKey, name: 'renamed', areas: [{ area: 'TRACKERS', verb: 'READ' }], creditBudget: 9 });
  expect(await standing(secret)).toMatchObject({ areas: ['TRACKERS:READ'], keyLimits: { creditBudget: 9 } });
  const lifted = { apiKeyId: apiKey.id, networks: null, creditBudget: null, accounts: null };
  expect((await identity.ask(UPDATE, lifted, owner)).apiKey).toMatchObject({
    networks: [],
    creditBudget: null,
    accounts: null,
  });
});

test('GUARD a key that has ended is neither rotated nor changed, a foreign one looks absent, keys do neither', async () => {
  const owner = await identity.person();
  const { apiKey } = await create(owner);
  const stranger = await identity.person();
  for (const [query, input] of [
    [ROTATE, { apiKeyId: apiKey.id }],
    [UPDATE, { apiKeyId: apiKey.id, name: 'x' }],
  ] as const) {
    const absent = await identity.ask(query, { ...input, apiKeyId: newId() }, stranger);
    expect(absent.userErrors[0].code).toBe('API_KEY_NOT_FOUND');
    expect(await identity.ask(query, input, stranger)).toEqual(absent);
    const { sessionId: _, ...acting } = owner;
    const byKey = await identity.execute(query, { input }, { ...acting, kind: 'KEY', keyId: apiKey.id });
    expect(byKey.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
  expect((await identity.ask(ROTATE, { apiKeyId: apiKey.id, overlapMinutes: 10_081 }, owner)).userErrors[0].code).toBe(
    'OVERLAP_NOT_READABLE',
  );
  await identity.admin.query('update api_key set revoked_at = now() where id = $1', [apiKey.id]);
  expect((await identity.ask(ROTATE, { apiKeyId: apiKey.id }, owner)).userErrors[0].code).toBe('API_KEY_HAS_ENDED');
  expect((await identity.ask(UPDATE, { apiKeyId: apiKey.id }, owner)).userErrors[0].code).toBe('API_KEY_HAS_ENDED');
});
