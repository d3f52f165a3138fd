import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, startTrackers, type TrackersFixture } from '../testing/trackersFixture.ts';

let home: TrackersFixture;
beforeAll(async () => {
  home = await startTrackers();
});
afterAll(() => home.stop());

const CREATE = `mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) {
  tracker { id kind name status createdAt activatedAt account { id } payer { id } } userErrors { code field } } }`;
const DUPLICATE = `mutation ($input: TrackerDuplicateInput!) { trackerDuplicate(input: $input) {
  trackers { id kind name status } userErrors { code field rule } } }`;
const RENAME = `mutation ($input: TrackerRenameInput!) { trackerRename(input: $input) {
  tracker { id name } userErrors { code field } } }`;
const SWITCH = (name: string): string => `mutation ($ids: [ID!]!) { ${name}(input: { trackerIds: $ids }) {
  trackers { id status activatedAt } userErrors { code field } } }`;
const LIST = `query ($id: ID!, $first: Int, $after: String, $status: TrackerStatus, $kind: TrackerKind) {
  _entities(representations: [{ __typename: "Account", id: $id }]) { ... on Account {
    trackers(first: $first, after: $after, status: $status, kind: $kind) {
      nodes { id name } pageInfo { hasNextPage endCursor } } } } }`;

const list = async (viewer: PersonViewer, variables: Record<string, unknown> = {}): Promise<Answer> =>
  (await home.ask(LIST, { id: viewer.accountId, ...variables }, viewer))._entities[0].trackers;
const switchAll = async (name: string, ids: string[], viewer: PersonViewer): Promise<Answer> =>
  (await home.ask(SWITCH(name), { ids }, viewer))[name];

test.each(['QR_CODE', 'SECURE_KEY', 'BUTTON'])(
  'U23 a new tracker of kind %s is inactive and its owner’s',
  async (kind) => {
    const owner = await home.openAccount();
    const { trackerCreate } = await home.ask(CREATE, { input: { kind, name: ' Door ' } }, owner);
    expect(trackerCreate).toEqual({
      tracker: {
        id: expect.any(String),
        kind,
        name: 'Door',
        status: 'INACTIVE',
        createdAt: expect.any(String),
        activatedAt: null,
        account: { id: owner.accountId },
        payer: { id: owner.accountId },
      },
      userErrors: [],
    });
  },
);

test('a name that cannot be read is refused, and nothing is made', async () => {
  const owner = await home.openAccount();
  const { trackerCreate } = await home.ask(CREATE, { input: { kind: 'BUTTON', name: ' ' } }, owner);
  expect(trackerCreate).toEqual({
    tracker: null,
    userErrors: [{ code: 'NAME_NOT_READABLE', field: ['input', 'name'] }],
  });
  expect((await list(owner)).nodes).toEqual([]);
});

test('U18 any number of copies is made, inactive, in one statement', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner, { kind: 'SECURE_KEY', name: 'Key' });
  home.statements();
  const { trackerDuplicate } = await home.ask(DUPLICATE, { input: { trackerId, copies: 1_000 } }, owner);
  expect(home.statements().filter((sql) => sql.includes('insert'))).toHaveLength(1);
  expect(trackerDuplicate.userErrors).toEqual([]);
  expect(trackerDuplicate.trackers).toHaveLength(1_000);
  expect(trackerDuplicate.trackers[999]).toMatchObject({ kind: 'SECURE_KEY', name: 'Key (1001)', status: 'INACTIVE' });
  const { results } = await home.record(owner, { trackerId: trackerDuplicate.trackers[0].id });
  expect(results[0].code).toBe('TRACKER_INACTIVE');
});

test('U18 copies take the names that are given', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const input = { trackerId, copies: 2, names: ['North', 'South'] };
  const { trackerDuplicate } = await home.ask(DUPLICATE, { input }, owner);
  expect(trackerDuplicate.trackers.map(({ name }: Answer) => name)).toEqual(['North', 'South']);
});

test.each([
  [{ copies: 0 }, 'COPIES_OUT_OF_BOUNDS', ['input', 'copies']],
  [{ copies: 1_001 }, 'COPIES_OUT_OF_BOUNDS', ['input', 'copies']],
  [{ copies: 2, names: ['a'] }, 'NAMES_DO_NOT_MATCH', ['input', 'names']],
  [{ copies: 2, names: ['a', ''] }, 'NAME_NOT_READABLE', ['input', 'names', '1']],
])('U18 duplicating with %j is refused: %s', async (wished, code, field) => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const { trackerDuplicate } = await home.ask(DUPLICATE, { input: { trackerId, ...wished } }, owner);
  expect(trackerDuplicate.userErrors).toEqual([expect.objectContaining({ code, field })]);
  expect((await list(owner)).nodes).toHaveLength(1);
});

test('U19 trackers are switched all together, in the order of the input, and switching twice changes nothing', async () => {
  const owner = await home.openAccount();
  const ids = [
    await home.makeTracker(owner, { active: false }),
    await home.makeTracker(owner, { active: false }),
  ].reverse();
  const first = await switchAll('trackersActivate', [...ids, ids[0] as string], owner);
  expect(first.trackers.map(({ id, status }: Answer) => [id, status])).toEqual(ids.map((id) => [id, 'ACTIVE']));
  expect(await switchAll('trackersActivate', ids, owner)).toEqual(first);

  const off = await switchAll('trackersDeactivate', ids, owner);
  expect(off.trackers.map(({ status }: Answer) => status)).toEqual(['INACTIVE', 'INACTIVE']);
  expect(off.trackers[0].activatedAt).toBe(first.trackers[0].activatedAt);
});

test('U19 one tracker that is not there leaves all as they are', async () => {
  const owner = await home.openAccount();
  const foreign = await home.makeTracker(await home.openAccount(), { active: false });
  const id = await home.makeTracker(owner, { active: false });
  for (const missing of [newId(), 'nonsense', foreign]) {
    expect(await switchAll('trackersActivate', [id, missing], owner)).toEqual({
      trackers: null,
      userErrors: [{ code: 'TRACKER_NOT_FOUND', field: ['input', 'trackerIds', '1'] }],
    });
  }
  expect((await list(owner, { status: 'ACTIVE' })).nodes).toEqual([]);
  expect((await switchAll('trackersActivate', [], owner)).userErrors[0].code).toBe('NO_TRACKERS');
  const many = Array.from({ length: 1_001 }, () => id);
  expect((await switchAll('trackersDeactivate', many, owner)).userErrors[0].code).toBe('TOO_MANY_TRACKERS');
});

test('a tracker is renamed', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const rename = async (input: Record<string, unknown>): Promise<Answer> =>
    (await home.ask(RENAME, { input }, owner)).trackerRename;
  expect(await rename({ trackerId, name: 'Gate' })).toEqual({
    tracker: { id: trackerId, name: 'Gate' },
    userErrors: [],
  });
  expect((await rename({ trackerId, name: '' })).userErrors[0].code).toBe('NAME_NOT_READABLE');
  expect((await rename({ trackerId: newId(), name: 'x' })).userErrors[0].code).toBe('TRACKER_NOT_FOUND');
});

test('the list is paged by creation and filtered', async () => {
  const owner = await home.openAccount();
  const ids: string[] = [];
  for (let at = 0; at < 5; at += 1)
    ids.push(await home.makeTracker(owner, { active: at % 2 === 0, kind: at === 4 ? 'BUTTON' : 'QR_CODE' }));
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { nodes, pageInfo }: Answer = await list(owner, { first: 2, after });
    seen.push(...nodes.map(({ id }: Answer) => id));
    after = pageInfo.endCursor;
    more = pageInfo.hasNextPage;
  }
  expect(seen).toEqual(ids);
  const idsOf = ({ nodes }: Answer): string[] => nodes.map(({ id }: Answer) => id);
  expect(idsOf(await list(owner, { status: 'INACTIVE' }))).toEqual([ids[1], ids[3]]);
  expect(idsOf(await list(owner, { status: 'ACTIVE', kind: 'BUTTON' }))).toEqual([ids[4]]);
});

test.each([
  ['first', { first: 0 }],
  ['first', { first: 101 }],
  ['after', { after: 'nonsense' }],
  ['after', { after: Buffer.from('["2026-01-01","x"]').toString('base64url') }],
])('a page with an impossible %s is refused: %j', async (field, variables) => {
  const owner = await home.openAccount();
  const { errors } = await home.execute(LIST, { id: owner.accountId, ...variables }, owner);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: [field] });
});

test('every change needs TRACKERS for writing', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  const reader = { ...owner, areas: { TRACKERS: 'READ', BILLING: 'WRITE' } as const };
  const asked: [string, Record<string, unknown>][] = [
    [CREATE, { input: { kind: 'BUTTON', name: 'x' } }],
    [DUPLICATE, { input: { trackerId, copies: 1 } }],
    [RENAME, { input: { trackerId, name: 'x' } }],
    [SWITCH('trackersActivate'), { ids: [trackerId] }],
    [SWITCH('trackersDeactivate'), { ids: [trackerId] }],
  ];
  for (const [query, variables] of asked) {
    const { errors } = await home.execute(query, variables, reader);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'TRACKERS:WRITE' });
  }
  expect((await list(owner)).nodes).toEqual([{ id: trackerId, name: 'Door' }]);
});
