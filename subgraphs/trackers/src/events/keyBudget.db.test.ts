import type { Rows } from '@comptoir/shared/database/pipeline.ts';
import { CommitWith, type Work } from '@comptoir/shared/database/transaction.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { KeyViewer, PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, RECORD, startTrackers, type TrackersFixture } from '../testing/trackersFixture.ts';
import { settleStaleIntake } from './staleIntake.ts';

let fleet: TrackersFixture;
beforeAll(async () => {
  fleet = await startTrackers();
});
afterAll(() => fleet.stop());

const keyOf = ({ sessionId: _, ...owner }: PersonViewer, limits: Partial<KeyViewer> = {}): KeyViewer => ({
  ...owner,
  kind: 'KEY',
  keyId: newId(),
  ...limits,
});
const scans = (trackerId: string, ids: string[]) => ids.map((eventId) => ({ eventId, trackerId, kind: 'SCAN' }));
const send = async (viewer: KeyViewer | PersonViewer, trackerId: string, ids: string[]): Promise<Answer> =>
  await fleet.execute(RECORD, { input: { events: scans(trackerId, ids) } }, viewer);
const consumed = async (key: KeyViewer): Promise<number> =>
  (await fleet.billing.admin.query('select consumed::integer from key_consumption where key_id = $1', [key.keyId]))
    .rows[0]?.consumed ?? 0;
const ids = (count: number): string[] => Array.from({ length: count }, () => newId());

test('N11 a credit budget is exact under concurrency: 60 calls of 2 events on a budget of 25 store 25', async () => {
  const owner = await fleet.openAccount();
  const trackerId = await fleet.makeTracker(owner);
  const key = keyOf(owner, { creditBudget: 25 });
  const answers = await Promise.all(Array.from({ length: 60 }, () => send(key, trackerId, ids(2))));
  const results = answers.flatMap(({ data }) => data.eventsRecord.results);
  expect(results.filter(({ outcome }) => outcome === 'ACCEPTED')).toHaveLength(25);
  const refused = results.filter(({ outcome }) => outcome === 'REFUSED');
  expect(new Set(refused.map(({ code, rule }) => `${code} ${rule}`))).toEqual(new Set(['BUDGET_USED_UP N11']));
  expect(await consumed(key)).toBe(25);
  expect(await fleet.balanceOf(owner)).toBe(75);
  expect(await fleet.intake()).toEqual([]);
});

test('N11 a retry counts once, a person is not held by the key’s budget, another key has its own', async () => {
  const owner = await fleet.openAccount();
  const trackerId = await fleet.makeTracker(owner);
  const key = keyOf(owner, { creditBudget: 2 });
  const [first, second, third] = ids(3) as [string, string, string];
  const outcomes = async (viewer: KeyViewer | PersonViewer, ...sent: string[]): Promise<string[]> =>
    (await send(viewer, trackerId, sent)).data.eventsRecord.results.map((one: Answer) => one.code ?? one.outcome);
  expect(await outcomes(key, first, second, third)).toEqual(['ACCEPTED', 'ACCEPTED', 'BUDGET_USED_UP']);
  expect(await outcomes(key, first, second, third)).toEqual(['REPLAYED', 'REPLAYED', 'BUDGET_USED_UP']);
  expect(await consumed(key)).toBe(2);
  expect(await outcomes(keyOf(owner, { creditBudget: 1 }), third)).toEqual(['ACCEPTED']);
  expect(await outcomes(owner, newId())).toEqual(['ACCEPTED']);
  expect(await outcomes({ ...key, creditBudget: 3 }, newId(), newId())).toEqual(['ACCEPTED', 'BUDGET_USED_UP']);
});

test('N11 the budget holds when nobody hears the answer and a job asks again', async () => {
  const owner = await fleet.openAccount();
  const trackerId = await fleet.makeTracker(owner);
  const key = keyOf(owner, { creditBudget: 1 });
  const { billing } = fleet.services;
  if (billing === undefined) throw new Error('billing is there');
  // Billing charges, and its answer is lost.
  fleet.services.billing = {
    name: 'billing',
    async execute(request, viewer) {
      await billing.execute(request, viewer);
      return { errors: [{ message: 'lost', extensions: { code: 'SUBGRAPH_TIMEOUT' } }] };
    },
  };
  const [first, second] = ids(2) as [string, string];
  expect((await send(key, trackerId, [first])).errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
  expect((await send(key, trackerId, [second])).errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
  fleet.services.billing = billing;
  const call = async <T>(_to: string, query: string, variables: Record<string, unknown>): Promise<T> =>
    (
      await billing.execute(
        { query, variables },
        { kind: 'SERVICE', service: 'trackers', requestId: newId(), address: null },
      )
    ).data as T;
  const work = {
    call,
    log: { child: () => work.log } as never,
    clock: { now: () => new Date() },
    async system<T>(_id: string, unit: Work<T>): Promise<T> {
      const query = async (sql: string, values: readonly unknown[]) => {
        const { rows, command } = await fleet.admin.query(sql, [...values]);
        return command === 'UPDATE' ? [rows, rows.length] : rows;
      };
      const ending = await unit({ query } as never);
      if (!(ending instanceof CommitWith)) return ending;
      const given: Rows[] = [];
      for (const { sql, values } of ending.statements) given.push(await query(sql, values));
      return ending.outcome(given);
    },
  };
  expect(await settleStaleIntake(work as never, newId(), 0)).toBe(2);
  expect(await consumed(key)).toBe(1);
  expect(await fleet.intake()).toEqual([]);
  expect((await fleet.stored()).filter(({ key: sender }) => sender === first || sender === second)).toHaveLength(1);
});

test('N11 a preview-only key records no event: its charge could not be taken back', async () => {
  const owner = await fleet.openAccount();
  const trackerId = await fleet.makeTracker(owner);
  const { errors } = await send(keyOf(owner, { preview: true }), trackerId, ids(1));
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'PREVIEW_NOT_POSSIBLE', rule: 'N11' });
  expect(await fleet.balanceOf(owner)).toBe(100);
  expect(await fleet.intake()).toEqual([]);
});

test('N11 what a preview-only key changes is answered as it would be, and nothing of it remains but the row of the trail', async () => {
  const owner = await fleet.openAccount();
  const trackerId = await fleet.makeTracker(owner, { name: 'Before' });
  const key = keyOf(owner, { preview: true });
  const { data, errors } = await fleet.execute(
    `mutation ($rename: TrackerRenameInput!, $create: TrackerCreateInput!) {
      trackerRename(input: $rename) { tracker { id name } userErrors { code } }
      trackerCreate(input: $create) { tracker { id name status account { trackers { nodes { name } } } } userErrors { code } } }`,
    { rename: { trackerId, name: 'After' }, create: { kind: 'BUTTON', name: 'Second' } },
    key,
  );
  expect(errors).toBeUndefined();
  const answer = data as Answer;
  expect(answer.trackerRename.tracker).toEqual({ id: trackerId, name: 'After' });
  // The second mutation sees what the first would have done.
  expect(answer.trackerCreate.tracker.account.trackers.nodes.map(({ name }: Answer) => name).sort()).toEqual([
    'After',
    'Second',
  ]);
  const { rows } = await fleet.admin.query('select name from tracker where account_id = $1', [owner.accountId]);
  expect(rows).toEqual([{ name: 'Before' }]);
  const trail = await fleet.admin.query('select action, decision from access.trail where key_id = $1 order by seq', [
    key.keyId,
  ]);
  expect(trail.rows).toEqual([
    { action: 'trackerRename', decision: 'PREVIEWED' },
    { action: 'trackerCreate', decision: 'PREVIEWED' },
  ]);
});

test('G15 a key that is kept to accounts reaches those and its own, and nothing else of what its account reaches', async () => {
  const [partner, near, far] = await Promise.all([fleet.openAccount(), fleet.openAccount(), fleet.openAccount()]);
  for (const client of [near, far]) await fleet.attach(partner, client, ['TRACKERS:WRITE']);
  const [own, nearby, faraway] = [
    await fleet.makeTracker(partner),
    await fleet.makeTracker(near),
    await fleet.makeTracker(far),
  ];
  await fleet.takeOver(far, partner);
  const reached = async (limits: Partial<KeyViewer>): Promise<boolean[]> => {
    const key = keyOf(partner, limits);
    return await Promise.all(
      [own, nearby, faraway].map(async (id) => {
        const { data } = await fleet.execute('query ($id: ID!) { tracker(id: $id) { id } }', { id }, key);
        return (data as Answer).tracker !== null;
      }),
    );
  };
  expect(await reached({})).toEqual([true, true, true]);
  expect(await reached({ accounts: [partner.accountId, near.accountId] })).toEqual([true, true, false]);
  expect(await reached({ accounts: [partner.accountId] })).toEqual([true, false, false]);
  const delegations = async (limits: Partial<KeyViewer>): Promise<number> => {
    const { data } = await fleet.execute(
      'query ($id: ID!) { _entities(representations: [{ __typename: "Account", id: $id }]) { ... on Account { delegations { nodes { id } } } } }',
      { id: partner.accountId },
      keyOf(partner, limits),
    );
    return (data as Answer)._entities[0].delegations.nodes.length;
  };
  expect([await delegations({}), await delegations({ accounts: [partner.accountId, near.accountId] })]).toEqual([1, 0]);
});
