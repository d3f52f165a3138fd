import type { Services } from '@comptoir/shared/protocol/services.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, EVERY_AREA, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

/**
 * Explanations for and about members who are limited to branches (G12). Two branches, and people and things of each.
 */
let identity: IdentityFixture;
const places = new Map<string, { accountId: string; branchId: string | null; payerId: string | null }>();
const [north, south] = [newId(), newId()];
let owner: PersonViewer;
/** Holds every area, in the north only. */
let northern: PersonViewer;
let southern: PersonViewer;
let both: PersonViewer;

beforeAll(async () => {
  const services: Services = {
    trackers: {
      name: 'trackers',
      execute: async ({ variables }) => ({ data: { internalTrackerPlace: places.get(String(variables?.id)) ?? null } }),
    },
  };
  identity = await startIdentity(services);
  owner = await identity.person();
  northern = await limited(north);
  southern = await limited(south);
  both = await limited(north, south);
});
afterAll(() => identity.stop());

async function limited(...branches: string[]): Promise<PersonViewer> {
  const { accountId } = owner;
  const viewer = await identity.person({ accountId, role: 'MEMBER', areas: EVERY_AREA });
  await identity.admin.query('update membership set branches = $2 where id = $1', [viewer.membershipId, branches]);
  return { ...viewer, branches };
}
function tracker(branchId: string | null): { type: string; id: string } {
  const id = newId();
  places.set(id, { accountId: owner.accountId, branchId, payerId: null });
  return { type: 'TRACKER', id };
}
async function contact(branchId: string | null): Promise<{ type: string; id: string }> {
  const id = newId();
  await identity.admin.query(
    `insert into contact (id, account_id, branch_id, name, type, newsletter, created_by, created_at, updated_at)
     values ($1, $2, $3, 'Card', 'OTHER', false, $4, $5, $5)`,
    [id, owner.accountId, branchId, owner.userId, new Date()],
  );
  return { type: 'CONTACT', id };
}
async function keyOf(maker: PersonViewer): Promise<{ type: string; id: string }> {
  const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } userErrors { code } } }`;
  const { apiKey } = await identity.ask(CREATE, { name: 'k', areas: [{ area: 'OTHER', verb: 'READ' }] }, maker);
  return { type: 'API_KEY', id: apiKey.id };
}
const person = ({ membershipId }: PersonViewer): { type: string; id: string } => ({
  type: 'MEMBERSHIP',
  id: membershipId,
});

const EXPLAIN = `query ($input: ExplainAccessInput!) { explainAccess(input: $input) {
  allowed path { kind holds message } missing { kind subjectId rule } grantors { membership { id } account { id } } } }`;
const explain = (viewer: Viewer, action: string, more: Record<string, unknown> = {}): Promise<Answer> =>
  identity.ask(EXPLAIN, { action, ...more }, viewer);
/** What the owner is told about the northern member. */
const about = (resource: unknown, action: string): Promise<Answer> =>
  explain(owner, action, { membershipId: northern.membershipId, resource });

test('G12 N07 a member who is limited to branches reaches trackers, cards, people and keys of those branches only, and the path says so', async () => {
  const things: [here: unknown, there: unknown[], action: string][] = [
    [tracker(north), [tracker(south), tracker(null)], 'TRACKERS:WRITE'],
    [await contact(north), [await contact(south), await contact(null)], 'OTHER:WRITE'],
    [person(both), [person(southern), person(owner)], 'SECURITY:READ'],
    [person(northern), [person(southern)], 'SECURITY:WRITE'],
    [await keyOf(both), [await keyOf(southern), await keyOf(owner)], 'SECURITY:READ'],
  ];
  for (const [here, there, action] of things) {
    const good = await about(here, action);
    expect(good).toMatchObject({ allowed: true, missing: null });
    expect(good.path.map(({ kind }: Answer) => kind)).toContain('BRANCH');
    for (const each of there)
      expect(await about(each, action)).toMatchObject({
        allowed: false,
        missing: { kind: 'BRANCH', subjectId: northern.membershipId, rule: 'G12' },
      });
  }
  // Anyone who is elsewhere too is met, and not changed.
  expect((await about(person(both), 'SECURITY:WRITE')).missing).toMatchObject({ kind: 'BRANCH' });
});

test('G12 N07 what the database shows to a limited member is what the explanation says', async () => {
  const SEES = 'query ($id: ID!) { membership(id: $id) { id } }';
  const CARD = 'query ($id: ID!) { contact(id: $id) { id } }';
  const sees = async (query: string, id: string): Promise<boolean> =>
    Object.values((await identity.execute(query, { id }, northern)).data ?? {})[0] != null;
  for (const other of [owner, northern, southern, both]) {
    const { allowed } = await about(person(other), 'SECURITY:READ');
    expect([other.membershipId, allowed]).toEqual([other.membershipId, await sees(SEES, other.membershipId)]);
  }
  for (const branch of [north, south, null]) {
    const card = await contact(branch);
    expect((await about(card, 'OTHER:READ')).allowed).toBe(await sees(CARD, card.id));
  }
});

test('G12 N07 asked by the limited member, what is of another branch is answered like what does not exist', async () => {
  const nothing = { type: 'CONTACT', id: newId() };
  for (const [resource, action] of [
    [tracker(south), 'TRACKERS:READ'],
    [await contact(south), 'OTHER:READ'],
    [person(southern), 'SECURITY:READ'],
    [await keyOf(southern), 'SECURITY:READ'],
  ] as const) {
    const missing = await explain(northern, action, { resource: { ...nothing, type: resource.type } });
    expect(missing.missing.kind).toBe('RESOURCE');
    expect(await explain(northern, action, { resource })).toEqual(missing);
  }
  const foreign = await explain(northern, 'OTHER:READ', { membershipId: southern.membershipId });
  expect(foreign).toEqual(await explain(northern, 'OTHER:READ', { membershipId: newId() }));
});

test('G12 N07 who could grant a branch is whoever has it to give and reaches the member; those elsewhere are told by their account only', async () => {
  const members = ({ grantors }: Answer): string[] =>
    grantors.map(({ membership, account }: Answer) => membership?.id ?? account.id).sort();
  const ids = (...of: PersonViewer[]): string[] => of.map(({ membershipId }) => membershipId).sort();
  const branch = await about(tracker(south), 'TRACKERS:READ');
  expect(members(branch)).toEqual(ids(owner, both));
  expect(members(await about(tracker(null), 'TRACKERS:READ'))).toEqual(ids(owner));

  // An area is given by the one who reaches the member: not from another branch.
  await identity.admin.query(`update membership set areas = '{OTHER:READ}' where id = $1`, [northern.membershipId]);
  const area = await about(null, 'TRACKERS:READ');
  expect(area.missing.kind).toBe('AREA');
  expect(members(area)).toEqual(ids(owner, both));
  const asked = await explain(both, 'TRACKERS:READ', { membershipId: northern.membershipId });
  // The owner is not limited, so somebody who is does not meet them: there is somebody, in that account.
  expect(members(asked)).toEqual([...ids(both), owner.accountId].sort());
  await identity.admin.query('update membership set areas = $2 where id = $1', [northern.membershipId, EVERY_AREA]);
});

test('G12 N07 whoCanAccess lists those whose branches reach it', async () => {
  const WHO = `query ($resource: AccessResourceInput!, $area: Area!, $verb: Verb!) {
    whoCanAccess(resource: $resource, area: $area, verb: $verb, first: 100) { nodes { kind membership { id } } } }`;
  const who = async (resource: unknown, area: string, verb = 'READ'): Promise<string[]> => {
    const { data, errors } = await identity.execute(WHO, { resource, area, verb }, owner);
    expect(errors).toBeUndefined();
    const nodes: Answer[] = (data as Answer).whoCanAccess.nodes.filter(({ kind }: Answer) => kind === 'MEMBERSHIP');
    return nodes.map(({ membership }) => membership.id).sort();
  };
  const ids = (...of: PersonViewer[]): string[] => of.map(({ membershipId }) => membershipId).sort();
  expect(await who(tracker(north), 'TRACKERS')).toEqual(ids(owner, northern, both));
  expect(await who(tracker(null), 'TRACKERS')).toEqual(ids(owner));
  expect(await who(await contact(south), 'OTHER', 'WRITE')).toEqual(ids(owner, southern, both));
  expect(await who(person(both), 'SECURITY')).toEqual(ids(owner, northern, southern, both));
  expect(await who(person(both), 'SECURITY', 'WRITE')).toEqual(ids(owner, both));
  expect(await who(person(southern), 'SECURITY', 'WRITE')).toEqual(ids(owner, southern, both));
});
