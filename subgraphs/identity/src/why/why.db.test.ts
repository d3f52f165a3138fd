import type { Services } from '@comptoir/shared/protocol/services.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { KeyViewer, PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
/** Where the trackers of this test are; the real subgraph is asked in the story through the gateway. */
const places = new Map<string, { accountId: string; branchId: string | null; payerId: string | null }>();
beforeAll(async () => {
  const services: Services = {
    trackers: {
      name: 'trackers',
      execute: async ({ variables }) => ({ data: { internalTrackerPlace: places.get(String(variables?.id)) ?? null } }),
    },
  };
  identity = await startIdentity(services);
});
afterAll(() => identity.stop());

const EXPLAIN = `query ($input: ExplainAccessInput!) { explainAccess(input: $input) {
  allowed decisionId path { kind holds } missing { kind subjectId rule } grantors { membership { id } account { id } } } }`;
const WHO = `query ($resource: AccessResourceInput!, $area: Area!, $verb: Verb!, $at: DateTime, $first: Int, $after: String) {
  whoCanAccess(resource: $resource, area: $area, verb: $verb, at: $at, first: $first, after: $after) {
    nodes { kind membership { id } apiKey { id } account { id } } pageInfo { hasNextPage endCursor } } }`;

const explain = (viewer: Viewer, action: string, more: Record<string, unknown> = {}): Promise<Answer> =>
  identity.ask(EXPLAIN, { action, ...more }, viewer);
const kinds = ({ path }: Answer): string[] => path.map(({ kind, holds }: Answer) => `${holds ? '' : 'no '}${kind}`);
async function who(viewer: Viewer, id: string, more: Record<string, unknown> = {}): Promise<Answer> {
  const { data, errors } = await identity.execute(
    WHO,
    { resource: { type: 'TRACKER', id }, area: 'TRACKERS', verb: 'READ', ...more },
    viewer,
  );
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data?.whoCanAccess;
}
function tracker(accountId: string, of: { branchId?: string; payerId?: string } = {}): { type: string; id: string } {
  const id = newId();
  places.set(id, { accountId, branchId: of.branchId ?? null, payerId: of.payerId ?? null });
  return { type: 'TRACKER', id };
}
const reach = (holder: string, account: string, area: string, valid = "tstzrange(now() - interval '1 second', null)") =>
  identity.admin.query(`insert into access.reach values ($1, $2, $3, $4, ${valid}, $5)`, [
    holder,
    account,
    ...area.split(':'),
    newId(),
  ]);
async function key(owner: PersonViewer, input: Record<string, unknown> = {}): Promise<KeyViewer> {
  const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } userErrors { code } } }`;
  const { apiKey } = await identity.ask(
    CREATE,
    { name: 'k', areas: [{ area: 'TRACKERS', verb: 'READ' }], ...input },
    owner,
  );
  const { sessionId: _, ...acting } = owner;
  return { ...acting, kind: 'KEY', keyId: apiKey.id };
}

test('N07 the path to what is allowed, and the link that is missing with those who could grant it', async () => {
  const owner = await identity.person();
  const member = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['TRACKERS:READ'] });
  const own = tracker(owner.accountId);
  const good = await explain(member, 'TRACKERS:READ', { resource: own });
  expect(good).toMatchObject({ allowed: true, missing: null, grantors: [] });
  expect(kinds(good)).toEqual(['MEMBERSHIP', 'AREA', 'RESOURCE', 'OWN_ACCOUNT']);

  const bad = await explain(member, 'trackerCreate');
  expect(bad).toMatchObject({ allowed: false, missing: { kind: 'AREA', subjectId: member.membershipId, rule: 'O10' } });
  const SAYS = 'query ($input: ExplainAccessInput!) { explainAccess(input: $input) { missing { message } } }';
  const says = await identity.ask(SAYS, { action: 'trackerCreate' }, member);
  expect(says.missing.message).toBe('The member does not hold TRACKERS:WRITE.');
  // Anyone who may not see people learns only whom to turn to.
  expect(bad.grantors).toEqual([{ membership: null, account: { id: owner.accountId } }]);
  const asked = await explain(owner, 'trackerCreate', { membershipId: member.membershipId });
  expect(asked.grantors).toEqual([{ membership: { id: owner.membershipId }, account: { id: owner.accountId } }]);
});

test('N07 every explanation has a decision that is found again', async () => {
  const member = await identity.person({ role: 'MEMBER', areas: [] });
  const { decisionId } = await explain(member, 'BILLING:WRITE');
  const { data } = await identity.execute(
    'query ($id: ID!) { decision(id: $id) { decision action step code } }',
    { id: decisionId },
    member,
  );
  expect(data?.decision).toEqual({
    decision: 'EXPLAINED',
    action: 'explainAccess',
    step: 'BILLING:WRITE',
    code: 'AREA',
  });
});

test('N07 a resource that the asker cannot see is answered exactly like one that does not exist', async () => {
  const owner = await identity.person();
  const stranger = await identity.person();
  const foreign = tracker(stranger.accountId);
  const shape = ({ decisionId: _, ...rest }: Answer): Answer => rest;
  for (const [viewer, action] of [
    [owner, 'TRACKERS:READ'],
    [owner, 'trackerRename'],
    // Without the area nothing of its own account is seen either.
    [
      await identity.person({ accountId: stranger.accountId, role: 'MEMBER', areas: ['SECURITY:READ'] }),
      'SECURITY:READ',
    ],
  ] as const) {
    const missing = await explain(viewer, action, { resource: { type: 'TRACKER', id: newId() } });
    expect(shape(await explain(viewer, action, { resource: foreign }))).toEqual(shape(missing));
    expect(missing.missing.kind).toBe('RESOURCE');
    expect(missing.grantors).toEqual([]);
  }
  expect(await who(owner, foreign.id)).toBeNull();
  expect(await who(owner, newId())).toBeNull();
  for (const type of ['ACCOUNT', 'MEMBERSHIP'] as const) {
    const id = type === 'ACCOUNT' ? stranger.accountId : stranger.membershipId;
    const missing = await explain(owner, 'SECURITY:READ', { resource: { type, id: newId() } });
    expect(shape(await explain(owner, 'SECURITY:READ', { resource: { type, id } }))).toEqual(shape(missing));
  }
});

test('N07 about others it takes SECURITY, and a foreign member is explained like one that does not exist', async () => {
  const owner = await identity.person();
  const [member, stranger] = [
    await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['BILLING:READ'] }),
    await identity.person(),
  ];
  const denied = await identity.execute(
    EXPLAIN,
    { input: { action: 'BILLING:READ', membershipId: owner.membershipId } },
    member,
  );
  expect(denied.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const shape = ({ decisionId: _, ...rest }: Answer): Answer => rest;
  const foreign = shape(await explain(owner, 'BILLING:READ', { membershipId: stranger.membershipId }));
  expect(foreign).toEqual(shape(await explain(owner, 'BILLING:READ', { membershipId: newId() })));
  expect(foreign.missing.kind).toBe('MEMBERSHIP');
});

test('N07 keys: their time, their scope, their accounts, and what only people do', async () => {
  const owner = await identity.person();
  const client = await identity.person();
  await reach(owner.accountId, client.accountId, 'TRACKERS:READ');
  await reach(owner.accountId, client.accountId, 'LINK:READ');
  const abroad = tracker(client.accountId);
  const free = await key(owner);
  expect(kinds(await explain(free, 'TRACKERS:READ', { resource: abroad }))).toEqual([
    'KEY',
    'ACTION',
    'MEMBERSHIP',
    'AREA',
    'KEY_SCOPE',
    'RESOURCE',
    'PARTNERSHIP',
  ]);
  expect((await explain(free, 'TRACKERS:WRITE')).missing).toMatchObject({
    kind: 'KEY_SCOPE',
    subjectId: free.keyId,
    rule: 'G15',
  });
  expect((await explain(free, 'apiKeyCreate')).missing.kind).toBe('ACTION');
  const kept = await key(owner, { accounts: [] });
  expect((await explain(owner, 'TRACKERS:READ', { apiKeyId: kept.keyId, resource: abroad })).missing.kind).toBe(
    'KEY_ACCOUNTS',
  );
  const later = await key(owner, { notBefore: '2099-01-01T00:00:00Z' });
  expect((await explain(owner, 'TRACKERS:READ', { apiKeyId: later.keyId })).missing).toMatchObject({
    kind: 'KEY',
    subjectId: later.keyId,
  });
});

test('N07 G11 G12 networks and branches are links too', async () => {
  const owner = await identity.person();
  const branchId = newId();
  const member = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['TRACKERS:READ'] });
  await identity.admin.query(`update membership set networks = '{10.0.0.0/8}' where id = $1`, [member.membershipId]);
  const about = { membershipId: member.membershipId };
  expect((await explain(owner, 'TRACKERS:READ', { ...about, address: '192.0.2.1' })).missing).toMatchObject({
    kind: 'NETWORK',
    rule: 'G11',
  });
  expect((await explain(owner, 'TRACKERS:READ', { ...about, address: '::ffff:10.1.2.3' })).allowed).toBe(true);
  expect((await explain(owner, 'TRACKERS:READ', about)).allowed).toBe(true);
  await identity.admin.query('update membership set branches = $2 where id = $1', [member.membershipId, [branchId]]);
  const here = { ...about, resource: tracker(owner.accountId, { branchId }) };
  const there = { ...about, resource: tracker(owner.accountId, { branchId: newId() }) };
  expect((await explain(owner, 'TRACKERS:READ', here)).allowed).toBe(true);
  expect((await explain(owner, 'TRACKERS:READ', there)).missing).toMatchObject({ kind: 'BRANCH', rule: 'G12' });
});

test('N07 G11 G12 what branches or a network list hide from the asker is answered like what does not exist, and lists are told to SECURITY only', async () => {
  const [owner, partner] = [await identity.person(), await identity.person()];
  const branchId = newId();
  const [here, there] = [tracker(owner.accountId, { branchId }), tracker(owner.accountId, { branchId: newId() })];
  const limited: PersonViewer = { ...owner, branches: [branchId] };
  expect(await who(limited, here.id)).not.toBeNull();
  for (const hidden of [there, tracker(owner.accountId)]) {
    expect(await who(limited, hidden.id)).toBeNull();
    expect((await explain(limited, 'TRACKERS:READ', { resource: hidden })).missing.kind).toBe('RESOURCE');
  }
  // Of the people who can reach it, those of the same branches, and oneself.
  const colleague = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['TRACKERS:READ'] });
  const ids = async (): Promise<string[]> =>
    (await who(limited, here.id)).nodes.map(({ membership }: Answer) => membership?.id ?? 'somebody');
  expect(await ids()).toEqual([owner.membershipId]);
  await identity.admin.query('update membership set branches = $2 where id = $1', [colleague.membershipId, [branchId]]);
  expect((await ids()).sort()).toEqual([owner.membershipId, colleague.membershipId].sort());

  await reach(partner.accountId, owner.accountId, 'TRACKERS:READ');
  expect(await who(partner, here.id)).not.toBeNull();
  await identity.admin.query(`insert into access.account_network values ($1, '{198.51.100.0/24}')`, [owner.accountId]);
  expect(await who(partner, here.id)).toBeNull();
  expect(await who({ ...partner, address: '198.51.100.7' }, here.id)).not.toBeNull();

  const MESSAGES = 'query ($input: ExplainAccessInput!) { explainAccess(input: $input) { path { message } } }';
  const told = async (viewer: Viewer): Promise<string> =>
    JSON.stringify(await identity.ask(MESSAGES, { action: 'TRACKERS:READ' }, viewer));
  expect(await told(owner)).toContain('198.51.100.0/24');
  expect(await told({ ...colleague, address: '198.51.100.7' })).not.toContain('198.51.100');
});

test('N07 a partner learns which account would have to open itself, a take-over opens for reading only', async () => {
  const [partner, client] = [await identity.person(), await identity.person()];
  await reach(partner.accountId, client.accountId, 'LINK:READ');
  const account = { type: 'ACCOUNT', id: client.accountId };
  const refused = await explain(partner, 'BILLING:READ', { resource: account });
  expect(refused.missing).toMatchObject({ kind: 'PARTNERSHIP', subjectId: client.accountId });
  expect(refused.grantors).toEqual([{ membership: null, account: { id: client.accountId } }]);
  const taken = tracker(client.accountId, { payerId: partner.accountId });
  expect(kinds(await explain(partner, 'TRACKERS:READ', { resource: taken })).at(-1)).toBe('DELEGATION');
  expect((await explain(partner, 'TRACKERS:WRITE', { resource: taken })).missing.kind).toBe('PARTNERSHIP');
});

test('N08 both answer for a past instant: areas, status, keys, partnerships and networks as they were', async () => {
  const owner = await identity.person();
  const member = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['TRACKERS:READ'] });
  const partner = newId();
  const own = tracker(owner.accountId);
  const script = await key(owner);
  const instants: string[] = [];
  const mark = async (): Promise<void> => {
    instants.push((await identity.admin.query('select clock_timestamp() as at')).rows[0].at.toISOString());
    await identity.admin.query('select pg_sleep(0.02)');
  };
  const change = (sql: string, values: unknown[]) => identity.admin.query(sql, values);
  await identity.admin.query('select pg_sleep(0.02)');
  await mark();
  await change(`update membership set areas = '{}' where id = $1`, [member.membershipId]);
  await change('update api_key set revoked_at = clock_timestamp() where id = $1', [script.keyId]);
  await reach(partner, owner.accountId, 'TRACKERS:READ', 'tstzrange(clock_timestamp(), null)');
  await identity.admin.query('select pg_sleep(0.02)');
  await mark();
  await change(`update membership set areas = '{TRACKERS:WRITE}', status = 'INACTIVE' where id = $1`, [
    member.membershipId,
  ]);
  await change(`insert into access.account_network values ($1, '{10.0.0.0/8}')`, [owner.accountId]);
  await identity.admin.query('select pg_sleep(0.02)');
  await mark();
  await change('delete from access.account_network where account = $1', [owner.accountId]);

  const of = { membershipId: member.membershipId, resource: own, address: '192.0.2.1' };
  const missing = await Promise.all(
    instants.map(async (at) => (await explain(owner, 'TRACKERS:READ', { ...of, at })).missing?.kind ?? null),
  );
  expect(missing).toEqual([null, 'AREA', 'MEMBERSHIP']);
  expect((await explain(owner, 'TRACKERS:READ', { at: instants[2], address: '192.0.2.1' })).missing.kind).toBe(
    'NETWORK',
  );
  expect((await explain(owner, 'TRACKERS:READ', { address: '192.0.2.1' })).allowed).toBe(true);
  expect((await explain(owner, 'TRACKERS:READ', { ...of, at: '2020-01-01T00:00:00Z' })).missing.kind).toBe(
    'MEMBERSHIP',
  );

  const holders = async (at: string): Promise<string[]> =>
    (await who(owner, own.id, { at })).nodes.map(
      ({ kind, membership, apiKey, account }: Answer) => `${kind} ${membership?.id ?? apiKey?.id ?? account.id}`,
    );
  const [me, them] = [`MEMBERSHIP ${owner.membershipId}`, `MEMBERSHIP ${member.membershipId}`];
  expect(await holders(instants[0] as string)).toEqual([`API_KEY ${script.keyId}`, ...[me, them].sort()]);
  expect(await holders(instants[1] as string)).toEqual([me, `PARTNER_ACCOUNT ${partner}`]);
});

test('N07 whoCanAccess is paged, and does not tell a partner who else reaches a client', async () => {
  const [owner, partner, other] = [await identity.person(), await identity.person(), newId()];
  for (let at = 0; at < 3; at += 1)
    await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['TRACKERS:WRITE'] });
  for (const holder of [partner.accountId, other]) await reach(holder, owner.accountId, 'TRACKERS:READ');
  const own = tracker(owner.accountId);
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page: Answer = await who(owner, own.id, { first: 2, after });
    seen.push(...page.nodes.map(({ kind }: Answer) => kind));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  expect(seen).toEqual([...Array(4).fill('MEMBERSHIP'), ...Array(2).fill('PARTNER_ACCOUNT')]);
  const { nodes } = await who(partner, own.id);
  expect(nodes.map(({ kind, membership }: Answer) => [kind, membership.id])).toEqual([
    ['MEMBERSHIP', partner.membershipId],
  ]);
  const { errors } = await identity.execute(
    WHO,
    { resource: own, area: 'TRACKERS', verb: 'READ' },
    await identity.person({ role: 'MEMBER', areas: ['TRACKERS:READ'] }),
  );
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('N07 an action that does not exist or an address that is none cannot be read; what our services do is closed', async () => {
  const owner = await identity.person();
  for (const input of [
    { action: 'nothing' },
    { action: '__proto__' },
    { action: 'BILLING:OWN' },
    { action: 'BILLING:READ', address: '300.1.1.1' },
  ]) {
    const { errors } = await identity.execute(EXPLAIN, { input }, owner);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  }
  expect((await explain(owner, 'creditsGrant')).missing.kind).toBe('ROLE');
  expect((await explain(staffViewer(owner.accountId), 'creditsGrant')).missing.kind).toBe('MEMBERSHIP');
});
