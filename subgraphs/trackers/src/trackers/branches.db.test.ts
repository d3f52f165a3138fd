import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, startTrackers, type TrackersFixture } from '../testing/trackersFixture.ts';

/** Branches as accounts knows them: of which account each is. */
const branches = new Map<string, string>();
let home: TrackersFixture;
beforeAll(async () => {
  home = await startTrackers();
  home.services.accounts = {
    name: 'accounts',
    async execute({ variables }) {
      const { accountId, ids } = variables as { accountId: string; ids: string[] };
      return { data: { internalBranches: ids.filter((id) => branches.get(id) === accountId).map((id) => ({ id })) } };
    },
  };
});
afterAll(async () => {
  await home.stop();
  await home.billing.stop();
});

const SET = `mutation ($input: TrackerBranchSetInput!) { trackerBranchSet(input: $input) { trackers { id branch { id } } userErrors { code field rule } } }`;
const CREATE = `mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id branch { id } } userErrors { code rule } } }`;
const LIST = `query ($r: [_Any!]!, $branchId: ID) { _entities(representations: $r) { ... on Account {
  trackers(branchId: $branchId) { nodes { id } } events { nodes { tracker { id } } } delegations { nodes { id } }
  consumption(from: "2000-01-01T00:00:00Z", to: "2000-01-02T00:00:00Z") { events } } } }`;
const HOP = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Tracker { id } ... on Event { id } ... on Delegation { id } } }`;

const hop = async (viewer: PersonViewer, ...of: [string, string][]): Promise<Answer[]> =>
  (await home.ask(HOP, { r: of.map(([__typename, id]) => ({ __typename, id })) }, viewer))._entities;
const account = async (viewer: PersonViewer, branchId: string | null = null): Promise<Answer> =>
  (await home.ask(LIST, { r: [{ __typename: 'Account', id: viewer.accountId }], branchId }, viewer))._entities[0];

/** An account with two branches, a tracker in each and one in none, and members limited to the first. */
async function chain() {
  const owner = await home.openAccount();
  const [north, south] = [newId(), newId()] as const;
  branches.set(north, owner.accountId).set(south, owner.accountId);
  const trackers = [
    await home.makeTracker(owner),
    await home.makeTracker(owner),
    await home.makeTracker(owner),
  ] as const;
  for (const [at, branchId] of [north, south].entries())
    await home.ask(SET, { input: { trackerIds: [trackers[at]], branchId } }, owner);
  const limited: PersonViewer = { ...owner, userId: newId(), membershipId: newId(), role: 'MEMBER', branches: [north] };
  return { owner, limited, north, south, trackers };
}

test('G12 trackers are put into branches of their account, all or none; the list is filtered by branch', async () => {
  const { owner, north, south, trackers } = await chain();
  const set = async (trackerIds: string[], branchId: string | null): Promise<Answer> =>
    (await home.ask(SET, { input: { trackerIds, branchId } }, owner)).trackerBranchSet;
  expect((await account(owner, north)).trackers.nodes).toEqual([{ id: trackers[0] }]);
  expect(await set([trackers[2]], south)).toEqual({
    trackers: [{ id: trackers[2], branch: { id: south } }],
    userErrors: [],
  });
  expect((await account(owner, south)).trackers.nodes).toHaveLength(2);
  expect((await account(owner, 'nonsense')).trackers.nodes).toEqual([]);
  expect((await set([trackers[2]], null)).trackers).toEqual([{ id: trackers[2], branch: null }]);

  const elsewhere = newId();
  branches.set(elsewhere, newId());
  for (const branchId of [elsewhere, newId(), 'nonsense'])
    expect((await set([trackers[2]], branchId)).userErrors).toMatchObject([{ code: 'BRANCH_NOT_FOUND', rule: 'G12' }]);
  const stranger = await home.openAccount();
  const foreign = await home.makeTracker(stranger);
  expect((await set([trackers[2], foreign], north)).userErrors).toEqual([
    { code: 'TRACKER_NOT_FOUND', field: ['input', 'trackerIds', '1'], rule: null },
  ]);
  expect((await account(owner, north)).trackers.nodes).toHaveLength(1);
});

test('G12 whoever is limited to branches sees and touches what belongs to them, lists, hops and events included', async () => {
  const { owner, limited, north, south, trackers } = await chain();
  const recorded = await home.record(owner, ...trackers.map((trackerId) => ({ trackerId })));
  const events: string[] = recorded.results.map(({ event }: Answer) => event.id);
  const seen = await account(limited);
  expect(seen.trackers.nodes).toEqual([{ id: trackers[0] }]);
  expect(seen.events.nodes).toEqual([{ tracker: { id: trackers[0] } }]);
  const found = await hop(
    limited,
    ...trackers.map((id): [string, string] => ['Tracker', id]),
    ...events.map((id): [string, string] => ['Event', id]),
  );
  expect(found.map((each) => each?.id ?? null)).toEqual([trackers[0], null, null, events[0], null, null]);

  const rename = `mutation ($input: TrackerRenameInput!) { trackerRename(input: $input) { userErrors { code } } }`;
  for (const trackerId of trackers.slice(1)) {
    const { trackerRename } = await home.ask(rename, { input: { trackerId, name: 'Mine' } }, limited);
    expect(trackerRename.userErrors).toEqual([{ code: 'TRACKER_NOT_FOUND' }]);
  }
  const scanned = await home.record(limited, ...trackers.map((trackerId) => ({ trackerId })));
  expect(scanned.results.map(({ code }: Answer) => code)).toEqual([null, 'TRACKER_NOT_FOUND', 'TRACKER_NOT_FOUND']);

  const set = async (trackerIds: readonly string[], branchId: string | null): Promise<Answer> =>
    (await home.ask(SET, { input: { trackerIds, branchId } }, limited)).trackerBranchSet.userErrors;
  expect(await set([trackers[0]], south)).toMatchObject([{ code: 'BRANCH_NOT_FOUND' }]);
  expect(await set([trackers[1]], north)).toMatchObject([{ code: 'TRACKER_NOT_FOUND' }]);
  // Without a branch named, the one that they have.
  expect(await set([trackers[0]], null)).toEqual([]);
  expect((await account(limited)).trackers.nodes).toEqual([{ id: trackers[0] }]);
});

test('G12 whoever is limited to branches makes trackers there and nowhere else; copies stay where the original is', async () => {
  const { owner, limited, north, south, trackers } = await chain();
  const create = async (viewer: PersonViewer, branchId?: string): Promise<Answer> =>
    (await home.ask(CREATE, { input: { kind: 'QR_CODE', name: 'New', branchId } }, viewer)).trackerCreate;
  expect((await create(limited)).tracker.branch).toEqual({ id: north });
  expect((await create(limited, south)).userErrors).toEqual([{ code: 'BRANCH_NOT_FOUND', rule: 'G12' }]);
  expect((await create({ ...limited, branches: [north, south] })).userErrors).toMatchObject([
    { code: 'BRANCH_NOT_FOUND' },
  ]);
  expect((await create({ ...limited, branches: [north, south] }, south)).tracker.branch).toEqual({ id: south });
  expect((await create(owner)).tracker.branch).toBeNull();
  const copy = `mutation ($input: TrackerDuplicateInput!) { trackerDuplicate(input: $input) { trackers { branch { id } } userErrors { code } } }`;
  const { trackerDuplicate } = await home.ask(copy, { input: { trackerId: trackers[0], copies: 2 } }, limited);
  expect(trackerDuplicate.trackers).toEqual([{ branch: { id: north } }, { branch: { id: north } }]);
});

test('G12 an event id that another branch used is told as used, and nothing is charged or left waiting', async () => {
  const { owner, limited, trackers } = await chain();
  const eventId = newId();
  await home.record(owner, { trackerId: trackers[1], eventId });
  const before = await home.balanceOf(owner);
  const { results } = await home.record(limited, { trackerId: trackers[0], eventId });
  expect(results).toMatchObject([{ outcome: 'REFUSED', code: 'EVENT_ID_REUSED', event: null }]);
  expect(await home.balanceOf(owner)).toBe(before);
  expect((await home.intake()).filter(({ key }) => key === eventId)).toEqual([]);
});

test('G12 take-overs are the account’s: whoever is limited to branches sees those of their trackers and takes no step', async () => {
  const { owner, limited, trackers } = await chain();
  const partner = await home.openAccount();
  await home.attach(partner, owner);
  const [mine, other] = [
    await home.takeOver(owner, partner, [trackers[0]]),
    await home.takeOver(owner, partner, [trackers[1]]),
  ];
  expect((await account(limited)).delegations.nodes).toEqual([{ id: mine }]);
  expect(await hop(limited, ['Delegation', mine], ['Delegation', other])).toEqual([{ id: mine }, null]);
  const END = `mutation ($input: DelegationEndInput!) { delegationEnd(input: $input) { userErrors { code } } }`;
  const ended = await home.execute(END, { input: { delegationId: mine } }, limited);
  expect(ended.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'G12' });
  const offer = `mutation ($input: DelegationOfferInput!) { delegationOffer(input: $input) { delegation { id } } }`;
  const { errors } = await home.execute(
    offer,
    { input: { partnerId: partner.accountId, scope: 'SELECTED', trackerIds: [trackers[0]] } },
    limited,
  );
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'G12' });
  // A member of the partner who is limited to the partner's own branches finds none of the client's trackers among
  // them.
  const clerk: PersonViewer = { ...partner, role: 'MEMBER', branches: [newId()] };
  expect(await hop(clerk, ['Tracker', trackers[0]], ['Delegation', mine])).toEqual([null, null]);
  expect(await hop(partner, ['Tracker', trackers[0]], ['Delegation', mine])).toHaveLength(2);
});

test('G12 without accounts nothing is put into a branch, and the caller may try again', async () => {
  const { owner, north, trackers } = await chain();
  const { accounts } = home.services;
  home.services.accounts = { name: 'accounts', execute: () => Promise.reject(new Error('away')) };
  try {
    const { errors } = await home.execute(SET, { input: { trackerIds: [trackers[2]], branchId: north } }, owner);
    expect(errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
  } finally {
    if (accounts !== undefined) home.services.accounts = accounts;
  }
});
