import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, RECORD, startTrackers, type TrackersFixture } from '../testing/trackersFixture.ts';

let home: TrackersFixture;
beforeAll(async () => {
  home = await startTrackers();
});
afterAll(() => home.stop());

/** Calls of one person at the same time, each with a request id of its own. */
async function storm(
  owner: Awaited<ReturnType<TrackersFixture['openAccount']>>,
  calls: object[][],
  name = 'storm',
): Promise<Answer[]> {
  return await Promise.all(
    calls.map(async (events, at) => {
      const variables = { input: { events: events.map((event) => ({ eventId: newId(), kind: 'SCAN', ...event })) } };
      const { data, errors } = await home.execute(RECORD, variables, { ...owner, requestId: `${name}-${at}` });
      expect(errors).toBeUndefined();
      return (data as Answer).eventsRecord;
    }),
  );
}

test('P forty single events at once share their transactions, and each call has its own answer and its own row of the trail', async () => {
  const owner = await home.openAccount();
  const trackerId = await home.makeTracker(owner);
  home.statements();
  const answers = await storm(owner, Array(40).fill([{ trackerId }]));
  expect(answers.map(({ accepted, refused }) => [accepted, refused])).toEqual(Array(40).fill([1, 0]));
  // The first goes alone, and all that came meanwhile go together when it is answered.
  const statements = home.statements();
  const taking = statements.filter((sql) => sql.startsWith('insert into intake'));
  const settling = statements.filter((sql) => sql.includes('delete from intake'));
  expect(taking.length).toBeLessThanOrEqual(4);
  expect(settling).toHaveLength(taking.length);
  expect(await home.balanceOf(owner)).toBe(60);
  const { rows } = await home.admin.query(
    `select request_id as id from access.trail where action = 'eventsRecord' and request_id like 'storm-%' and decision = 'DONE'`,
  );
  expect(rows.map(({ id }) => id).sort()).toEqual(Array.from({ length: 40 }, (_, at) => `storm-${at}`).sort());
});

test('P what is wrong with one call is told to that call only', async () => {
  const owner = await home.openAccount();
  const other = await home.openAccount();
  const [own, foreign] = [await home.makeTracker(owner), await home.makeTracker(other)];
  const inactive = await home.makeTracker(owner, { active: false });
  const calls = Array.from({ length: 30 }, (_, at) => [{ trackerId: [own, foreign, inactive][at % 3] }]);
  const answers = await storm(owner, calls);
  const outcomes = answers.map(({ results }) => results[0].code ?? results[0].outcome);
  expect(outcomes).toEqual(
    Array.from({ length: 30 }, (_, at) => ['ACCEPTED', 'TRACKER_NOT_FOUND', 'TRACKER_INACTIVE'][at % 3]),
  );
  expect([await home.balanceOf(owner), await home.balanceOf(other)]).toEqual([90, 100]);
});

test('P of two people at once each stays within their own rows', async () => {
  const [one, two] = [await home.openAccount(), await home.openAccount()];
  const [ofOne, ofTwo] = [await home.makeTracker(one), await home.makeTracker(two)];
  const mixed = Array.from({ length: 20 }, (_, at) => [{ trackerId: at % 2 === 0 ? ofOne : ofTwo }]);
  const [first, second] = await Promise.all([storm(one, mixed), storm(two, mixed)]);
  const accepted = (answers: Answer[]): number[] => answers.map((answer) => answer.accepted);
  expect(accepted(first)).toEqual(mixed.map((_, at) => (at % 2 === 0 ? 1 : 0)));
  expect(accepted(second)).toEqual(mixed.map((_, at) => (at % 2 === 0 ? 0 : 1)));
  expect([await home.balanceOf(one), await home.balanceOf(two)]).toEqual([90, 90]);
});
