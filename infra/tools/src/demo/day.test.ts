import { expect, test } from '@jest/globals';
import { type DemoTracker, dayOfEvents, toNdjson } from './day.ts';

const trackers: DemoTracker[] = (['QR_CODE', 'QR_CODE', 'SECURE_KEY', 'BUTTON'] as const).map((kind, at) => ({
  id: `019a0000-0000-7000-8000-00000000000${at}`,
  kind,
}));
const end = new Date('2026-11-22T00:00:00Z');
const options = { seed: 7, trackers, events: 4_000, end };
const ndjson = (changed = {}): string => [...toNdjson(dayOfEvents({ ...options, ...changed }))].join('');
const day = dayOfEvents(options);
/** Each event once, where it came first. */
const firsts = day.filter(({ eventId }, at) => day.findIndex((one) => one.eventId === eventId) === at);

test('the same options give the same bytes', () => {
  expect(ndjson()).toBe(ndjson());
  expect(
    ndjson()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(day);
});

test.each([
  ['seed', { seed: 8 }],
  ['day', { end: new Date('2026-11-23T00:00:00Z') }],
  ['length', { events: 3_999 }],
  ['fleet', { trackers: trackers.slice(1) }],
])('another %s shares no event id, so that none is refused as reused', (_what, changed) => {
  const ids = new Set(day.map(({ eventId }) => eventId));
  expect(dayOfEvents({ ...options, ...changed }).filter(({ eventId }) => ids.has(eventId))).toEqual([]);
});

test('3 % are exact duplicates, which come after their first one', () => {
  expect(day).toHaveLength(4_000);
  expect(firsts).toHaveLength(3_880);
  const first = new Map(firsts.map((event) => [event.eventId, event]));
  expect(day.filter((event) => JSON.stringify(event) !== JSON.stringify(first.get(event.eventId)))).toEqual([]);
});

test('about 1 % name a tracker that does not exist', () => {
  const known = new Set(trackers.map(({ id }) => id));
  const share = firsts.filter(({ trackerId }) => !known.has(trackerId)).length / firsts.length;
  expect(share).toBeGreaterThan(0.005);
  expect(share).toBeLessThan(0.015);
});

test('events are in order, within the day, and most of them by daylight', () => {
  const instants = firsts.map(({ occurredAt }) => occurredAt);
  expect(instants).toEqual([...instants].sort());
  expect((instants.at(0) as string) >= '2026-11-21T00:00:00.000Z').toBe(true);
  expect((instants.at(-1) as string) < '2026-11-22T00:00:00.000Z').toBe(true);
  const byDay = instants.filter((instant) => Number(instant.slice(11, 13)) >= 7 && Number(instant.slice(11, 13)) < 20);
  expect(byDay.length / instants.length).toBeGreaterThan(0.75);
});

test('what happens fits the tracker: codes are scanned, buttons pressed, forms carry data; a secure key that nobody registered stays still', () => {
  const kinds = Map.groupBy(firsts, ({ trackerId }) => trackers.find(({ id }) => id === trackerId)?.kind);
  const of = (kind: DemoTracker['kind']): Set<string> => new Set(kinds.get(kind)?.map((event) => event.kind));
  expect(of('QR_CODE')).toEqual(new Set(['SCAN', 'FORM']));
  expect(of('SECURE_KEY')).toEqual(new Set());
  expect(of('BUTTON')).toEqual(new Set(['PRESS']));
  const forms = firsts.filter(({ kind }) => kind === 'FORM');
  const codes = firsts.filter(({ trackerId }) =>
    trackers.some(({ id, kind }) => id === trackerId && kind === 'QR_CODE'),
  );
  expect(forms.length / codes.length).toBeGreaterThan(0.05);
  expect(forms.length / codes.length).toBeLessThan(0.11);
  expect(firsts.filter(({ kind, data }) => (kind === 'FORM') !== (data !== undefined))).toEqual([]);
});

test.each([1, 2, 33, 34])('a day of %i events has so many', (events) => {
  expect(dayOfEvents({ ...options, events })).toHaveLength(events);
});

test('without trackers it says so', () => {
  expect(() => dayOfEvents({ ...options, trackers: [] })).toThrow('no trackers');
});
