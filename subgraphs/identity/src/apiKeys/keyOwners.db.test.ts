import { newId } from '@comptoir/shared/values/uuid.ts';
import { readApiKey } from '@comptoir/shared/viewer/apiKey.ts';
import type { KeyViewer, PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, EVERY_AREA, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) {
  apiKey { id owner heldBy { id } createdBy { id } } secret userErrors { code rule field } } }`;
const HAND_OVER = `mutation ($input: ApiKeyHandOverInput!) { apiKeyHandOver(input: $input) {
  apiKey { id owner heldBy { id } createdBy { id } } userErrors { code rule field } } }`;
const ROTATE = `mutation ($input: ApiKeyRotateInput!) { apiKeyRotate(input: $input) { secret userErrors { code rule } } }`;
const UPDATE = `mutation ($input: ApiKeyUpdateInput!) { apiKeyUpdate(input: $input) { apiKey { id } userErrors { code rule } } }`;
const REMOVE = `mutation ($input: MembershipSwitchInput!) { membershipRemove(input: $input) { userErrors { code } } }`;
const DEACTIVATE = REMOVE.replace('membershipRemove', 'membershipDeactivate');
const TRACKERS = [{ area: 'TRACKERS', verb: 'WRITE' }];

const create = (viewer: Viewer, input: Record<string, unknown> = {}): Promise<Answer> =>
  identity.ask(CREATE, { name: 'scans', areas: TRACKERS, ...input }, viewer);
async function ask(query: string, variables: Record<string, unknown>, viewer: Viewer): Promise<Answer> {
  const { data, errors } = await identity.execute(query, variables, viewer);
  expect(errors).toBeUndefined();
  return data;
}
const standing = async (secret: string, more: Record<string, unknown> = {}): Promise<Answer> =>
  (
    await ask(
      `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) {
         userId ofAccount membershipId accountId role areas networks keyId branches refusal } }`,
      { credential: { keyHash: readApiKey(secret), ...more } },
      serviceViewer('gateway'),
    )
  ).credentialStanding;
const colleague = (of: PersonViewer, areas: Answer[], role: PersonViewer['role'] = 'MEMBER') =>
  identity.person({ accountId: of.accountId, role, areas });
const code = ({ userErrors }: Answer): Answer => userErrors.map((error: Answer) => `${error.code} ${error.rule}`);
const limit = (membershipId: string, branches: string[]) =>
  identity.admin.query('update membership set branches = $2 where id = $1', [membershipId, branches]);

test('G18 before a member goes it is shown which keys stop, each with its last use, and how many', async () => {
  const owner = await identity.person();
  const member = await colleague(owner, ['SECURITY:WRITE', 'TRACKERS:WRITE']);
  const first = await create(member, { name: 'first' });
  const second = await create(member, { name: 'second' });
  const [revoked, expired, account] = [
    await create(member),
    await create(member),
    await create(member, { owner: 'ACCOUNT' }),
  ];
  expect(account.userErrors).toEqual([]);
  await create(owner);
  await identity.admin.query(`update api_key set revoked_at = now() where id = $1`, [revoked.apiKey.id]);
  await identity.admin.query(`update api_key set expires_at = now() where id = $1`, [expired.apiKey.id]);
  await identity.admin.query(`update api_key set last_used_at = '2026-11-22T10:00:00Z' where id = $1`, [
    first.apiKey.id,
  ]);
  const MEMBER = `query ($id: ID!, $after: String) { membership(id: $id) {
    endingKeys(first: 1, after: $after) { nodes { id name areas { area verb } lastUsedAt } pageInfo { hasNextPage endCursor } }
    availableActions { action endingKeyCount } } }`;
  const { membership } = await ask(MEMBER, { id: member.membershipId }, owner);
  expect(membership.endingKeys.nodes).toEqual([
    { id: second.apiKey.id, name: 'second', areas: TRACKERS, lastUsedAt: null },
  ]);
  expect(membership.endingKeys.pageInfo.hasNextPage).toBe(true);
  const after = membership.endingKeys.pageInfo.endCursor;
  const rest = (await ask(MEMBER, { id: member.membershipId, after }, owner)).membership.endingKeys;
  expect(rest.nodes).toMatchObject([{ id: first.apiKey.id, lastUsedAt: '2026-11-22T10:00:00.000Z' }]);
  expect(rest.pageInfo.hasNextPage).toBe(false);
  const counts = membership.availableActions.filter(({ endingKeyCount }: Answer) => endingKeyCount !== null);
  expect(counts).toEqual(
    expect.arrayContaining([
      { action: 'DEACTIVATE', endingKeyCount: 2 },
      { action: 'REMOVE', endingKeyCount: 2 },
    ]),
  );
  expect(counts).toHaveLength(2);

  // What was shown is what stops.
  expect(code(await identity.ask(REMOVE, { membershipId: member.membershipId }, owner))).toEqual([]);
  for (const { secret } of [first, second]) expect(await standing(secret)).toBeNull();
  expect(await standing(account.secret)).not.toBeNull();
});

test('G18 before a whole login is shut staff see its keys to every account', async () => {
  const owner = await identity.person();
  const elsewhere = newId();
  await identity.join(owner.userId, elsewhere);
  const here = await create(owner);
  const there = await create({ ...owner, accountId: elsewhere });
  const USER = `query ($id: ID!) { user(id: $id) { endingKeys { nodes { id account { id } } } } }`;
  const { user } = await ask(USER, { id: owner.userId }, staffViewer());
  expect(user.endingKeys.nodes).toEqual([
    { id: there.apiKey.id, account: { id: elsewhere } },
    { id: here.apiKey.id, account: { id: owner.accountId } },
  ]);
  const asOwner = `query ($id: ID!) { membership(id: $id) { user { endingKeys { nodes { id } } } } }`;
  const { errors } = await identity.execute(asOwner, { id: owner.membershipId }, owner);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('G15 a key that is handed over keeps its secret, opens what its new owner holds, and stops with them', async () => {
  const owner = await identity.person();
  const leaver = await colleague(owner, ['SECURITY:WRITE', 'TRACKERS:WRITE']);
  const heir = await colleague(owner, ['TRACKERS:WRITE']);
  const { apiKey, secret } = await create(leaver);
  const handed = await identity.ask(HAND_OVER, { apiKeyId: apiKey.id, membershipId: heir.membershipId }, owner);
  expect(handed).toEqual({
    apiKey: { id: apiKey.id, owner: 'MEMBER', heldBy: { id: heir.userId }, createdBy: { id: leaver.userId } },
    userErrors: [],
  });
  await identity.ask(REMOVE, { membershipId: leaver.membershipId }, owner);
  expect(await standing(secret)).toMatchObject({ userId: heir.userId, areas: ['TRACKERS:WRITE'], keyId: apiKey.id });
  await identity.admin.query(`update membership set areas = '{TRACKERS:READ}' where id = $1`, [heir.membershipId]);
  expect((await standing(secret)).areas).toEqual(['TRACKERS:READ']);
  await identity.ask(DEACTIVATE, { membershipId: heir.membershipId }, owner);
  expect(await standing(secret)).toBeNull();
  const { rows } = await identity.admin.query(
    `select user_id, account_id, subjects from access.trail where action = 'apiKeyHandOver' and account_id = $1`,
    [owner.accountId],
  );
  expect(rows).toHaveLength(1);
  expect(rows[0].user_id).toBe(owner.userId);
  expect(rows[0].subjects).toEqual(
    expect.arrayContaining([`apiKeyId:${apiKey.id}`, `membershipId:${heir.membershipId}`]),
  );
});

test('G15 nobody takes, or passes on, a key that opens more than they hold', async () => {
  const owner = await identity.person();
  const { apiKey } = await create(owner, { areas: [...TRACKERS, { area: 'BILLING', verb: 'WRITE' }] });
  const small = await colleague(owner, ['SECURITY:WRITE', 'TRACKERS:WRITE']);
  const admin = await colleague(owner, EVERY_AREA, 'ADMIN');
  const other = await identity.person();
  const hand = async (to: PersonViewer, by: PersonViewer): Promise<Answer> =>
    code(await identity.ask(HAND_OVER, { apiKeyId: apiKey.id, membershipId: to.membershipId }, by));
  expect(await hand(small, owner)).toEqual(['MEMBER_HOLDS_LESS G15']);
  expect(await hand(admin, small)).toEqual(['MORE_THAN_YOU_HOLD G15']);
  expect(await hand(other, owner)).toEqual(['MEMBERSHIP_NOT_FOUND null']);
  expect(await hand(owner, other)).toEqual(['API_KEY_NOT_FOUND null']);
  // A key acts with its owner's role: an ADMIN makes no OWNER of it, nor gets the secret of an owner's.
  const own = await create(admin);
  const toOwner = { apiKeyId: own.apiKey.id, membershipId: owner.membershipId };
  expect(code(await identity.ask(HAND_OVER, toOwner, admin))).toEqual(['ROLE_ABOVE_YOURS G15']);
  expect(code(await identity.ask(ROTATE, { apiKeyId: apiKey.id }, admin))).toEqual(['ROLE_ABOVE_YOURS G15']);
  await identity.ask(DEACTIVATE, { membershipId: admin.membershipId }, owner);
  expect(await hand(admin, owner)).toEqual(['MEMBERSHIP_NOT_ACTIVE G18']);
  expect(code(await identity.ask(HAND_OVER, { apiKeyId: apiKey.id }, owner))).toEqual(['NAME_ONE null']);
  const both = { apiKeyId: apiKey.id, membershipId: owner.membershipId, toAccount: true };
  expect(code(await identity.ask(HAND_OVER, both, owner))).toEqual(['NAME_ONE null']);
});

test('G15 of a client’s key only what the partnership opens counts', async () => {
  const [client, partner] = [await identity.person(), await identity.person()];
  const { apiKey } = await create(client);
  for (const verb of ['READ', 'WRITE'])
    await identity.admin.query(
      `insert into access.reach values ($1, $2, 'SECURITY', $3, tstzrange(now() - interval '1 second', null), $4)`,
      [partner.accountId, client.accountId, verb, newId()],
    );
  const wider = { apiKeyId: apiKey.id, areas: [...TRACKERS, { area: 'BILLING', verb: 'WRITE' }] };
  expect(code(await identity.ask(UPDATE, wider, partner))).toEqual(['MORE_THAN_YOU_HOLD G15']);
  expect(code(await identity.ask(ROTATE, { apiKeyId: apiKey.id }, partner))).toEqual(['API_KEY_NOT_FOUND null']);
  expect(code(await identity.ask(HAND_OVER, { apiKeyId: apiKey.id, toAccount: true }, partner))).toEqual([
    'API_KEY_NOT_FOUND null',
  ]);
});

test('G15 O10 a key of the account lives on without its maker, with what it was given and no role or person', async () => {
  const owner = await identity.person();
  const maker = await colleague(owner, ['SECURITY:WRITE', 'TRACKERS:WRITE']);
  const { apiKey, secret } = await create(maker, { owner: 'ACCOUNT', networks: ['10.0.0.0/8'] });
  expect(apiKey).toEqual({ id: apiKey.id, owner: 'ACCOUNT', heldBy: null, createdBy: { id: maker.userId } });
  const more = await create(maker, { owner: 'ACCOUNT', areas: [{ area: 'BILLING', verb: 'READ' }] });
  expect(code(more)).toEqual(['MORE_THAN_YOU_HOLD G15']);
  await identity.ask(REMOVE, { membershipId: maker.membershipId }, owner);
  await identity.admin.query(`update app_user set status = 'INACTIVE' where id = $1`, [maker.userId]);
  const own = {
    userId: apiKey.id,
    ofAccount: true,
    membershipId: apiKey.id,
    accountId: owner.accountId,
    role: 'MEMBER',
    areas: ['TRACKERS:WRITE'],
    networks: [['10.0.0.0/8']],
    keyId: apiKey.id,
    branches: null,
    refusal: null,
  };
  expect(await standing(secret)).toEqual(own);
  expect(await standing(secret, { accountId: newId() })).toMatchObject({ accountId: null, areas: [], role: null });
  await identity.admin.query(`insert into access.account_network values ($1, '{127.0.0.0/8}')`, [owner.accountId]);
  expect((await standing(secret)).networks).toEqual([['10.0.0.0/8'], ['127.0.0.0/8']]);
  const last = await identity.ask(ROTATE, { apiKeyId: apiKey.id }, owner);
  expect(await standing(secret)).toBeNull();
  expect((await standing(last.secret)).keyId).toBe(apiKey.id);
});

test('G12 who is limited to branches neither makes a key of the account, nor sees or takes one over', async () => {
  const owner = await identity.person();
  const limited = await colleague(owner, ['SECURITY:WRITE', 'TRACKERS:WRITE']);
  const branches = [newId()];
  await limit(limited.membershipId, branches);
  const viewer = { ...limited, branches };
  expect(await create(viewer, { owner: 'ACCOUNT' })).toMatchObject({
    apiKey: null,
    secret: null,
    userErrors: [{ code: 'LIMITED_TO_BRANCHES', rule: 'G12', field: ['input', 'owner'] }],
  });
  const mine = await create(viewer);
  const toAccount = { apiKeyId: mine.apiKey.id, toAccount: true };
  const refused = async (input: object): Promise<unknown> =>
    (await identity.execute(HAND_OVER, { input }, viewer)).errors?.[0]?.extensions;
  expect(await refused(toAccount)).toMatchObject({ code: 'FORBIDDEN', rule: 'G12' });
  const { apiKey } = await create(owner, { owner: 'ACCOUNT' });
  const taken = { apiKeyId: apiKey.id, membershipId: limited.membershipId };
  expect(await refused(taken)).toMatchObject({ code: 'FORBIDDEN', rule: 'G12' });
  expect(code(await identity.ask(HAND_OVER, toAccount, owner))).toEqual(['KEY_WOULD_OPEN_MORE G15']);
  expect(code(await identity.ask(HAND_OVER, { ...toAccount, rotate: true }, owner))).toEqual([]);
  const KEYS = `query ($id: ID!) { membership(id: $id) { account { apiKeys { nodes { id } } } } }`;
  const { membership } = await ask(KEYS, { id: limited.membershipId }, viewer);
  expect(membership.account.apiKeys.nodes).toEqual([]);
});

test('N12 a key of the account acts for no person: the trail names the key alone, and it finds its own doings', async () => {
  const owner = await identity.person();
  const { apiKey } = await create(owner, { owner: 'ACCOUNT', areas: [{ area: 'OTHER', verb: 'WRITE' }] });
  const viewer: KeyViewer = {
    kind: 'KEY',
    ofAccount: true,
    keyId: apiKey.id,
    userId: apiKey.id,
    membershipId: apiKey.id,
    accountId: owner.accountId,
    role: 'MEMBER',
    areas: { OTHER: 'WRITE' },
    requestId: newId(),
    address: '127.0.0.1',
    networks: [],
  };
  const CONTACT = `mutation ($input: ContactCreateInput!) { contactCreate(input: $input) { contact { id } userErrors { code } } }`;
  const made = await identity.execute(
    CONTACT,
    {
      input: {
        name: 'By script',
        type: 'OTHER',
        newsletter: false,
        noTitle: true,
        noEmail: true,
        noPhone: true,
        noMobile: true,
      },
    },
    viewer,
  );
  expect(made.errors).toBeUndefined();
  const { rows } = await identity.admin.query(
    `select id, user_id, key_id from access.trail where key_id = $1 order by seq desc limit 1`,
    [apiKey.id],
  );
  expect(rows).toEqual([{ id: expect.any(String), user_id: null, key_id: apiKey.id }]);
  const me = await ask(
    '{ viewer { user { id } membership { id } memberships { nodes { id } } apiKey { id owner } } }',
    {},
    viewer,
  );
  expect(me.viewer).toEqual({
    user: null,
    membership: null,
    memberships: { nodes: [] },
    apiKey: { id: apiKey.id, owner: 'ACCOUNT' },
  });
  const decision = await ask('query ($id: ID!) { decision(id: $id) { userId apiKeyId } }', { id: rows[0].id }, viewer);
  expect(decision.decision).toEqual({ userId: null, apiKeyId: apiKey.id });
});

test('N07 N08 explanations know keys of the account, and whose a key was at an instant', async () => {
  const owner = await identity.person();
  const maker = await colleague(owner, ['SECURITY:WRITE', 'TRACKERS:WRITE']);
  const { apiKey } = await create(maker);
  const EXPLAIN = `query ($input: ExplainAccessInput!) { explainAccess(input: $input) { allowed path { kind holds } missing { kind } } }`;
  const explain = async (more: Record<string, unknown> = {}): Promise<Answer> =>
    (await ask(EXPLAIN, { input: { apiKeyId: apiKey.id, action: 'TRACKERS:WRITE', ...more } }, owner)).explainAccess;
  await identity.ask(HAND_OVER, { apiKeyId: apiKey.id, toAccount: true }, owner);
  await identity.ask(REMOVE, { membershipId: maker.membershipId }, owner);
  const now = await explain();
  expect(now.allowed).toBe(true);
  expect(now.path.map(({ kind }: Answer) => kind)).toEqual(['KEY', 'ACTION', 'MEMBERSHIP', 'KEY_SCOPE']);
  const WHO = `query ($resource: AccessResourceInput!) { whoCanAccess(resource: $resource, area: TRACKERS, verb: WRITE) { nodes { kind apiKey { id } } } }`;
  const { whoCanAccess } = await ask(WHO, { resource: { type: 'ACCOUNT', id: owner.accountId } }, owner);
  expect(whoCanAccess.nodes).toContainEqual({ kind: 'API_KEY', apiKey: { id: apiKey.id } });
  const { rows } = await identity.admin.query(
    `select user_id from standing_history where subject = $1 order by lower(valid) desc`,
    [apiKey.id],
  );
  expect(rows[0].user_id).toBeNull();
});
