import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dayOf, daysBetween, type Frequency, period, periodOf, periodStart, startOf } from './periods.ts';
import { spanText } from './spanText.ts';

const RUNS = { numRuns: 2_500 };
const anchors = fc
  .integer({ min: 0, max: 365 * 40 })
  .map((days) => Temporal.PlainDate.from('2019-12-31').add({ days }).toString());
const frequencies = fc.constantFrom<Frequency>('MONTHLY', 'ANNUAL');
const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Africa/Cairo',
  'America/Havana',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Niue',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/St_Johns',
];

describe('the renewal day', () => {
  test.each<[anchor: string, frequency: Frequency, n: number, day: string]>([
    ['2027-01-31', 'MONTHLY', 1, '2027-02-28'],
    ['2027-01-31', 'MONTHLY', 2, '2027-03-31'],
    ['2027-01-31', 'MONTHLY', 3, '2027-04-30'],
    ['2027-01-30', 'MONTHLY', 1, '2027-02-28'],
    ['2027-01-30', 'MONTHLY', 2, '2027-03-30'],
    ['2027-01-29', 'MONTHLY', 1, '2027-02-28'],
    ['2027-01-29', 'MONTHLY', 13, '2028-02-29'],
    ['2027-12-31', 'MONTHLY', 2, '2028-02-29'],
    ['2028-02-29', 'ANNUAL', 1, '2029-02-28'],
    ['2028-02-29', 'ANNUAL', 4, '2032-02-29'],
    ['2028-02-29', 'MONTHLY', 1, '2028-03-29'],
    ['2027-05-05', 'ANNUAL', 100, '2127-05-05'],
  ])('A33 A35 of %s, %s, cycle %i begins on %s', (anchor, frequency, n, day) => {
    expect(periodStart(anchor, frequency, n)).toBe(day);
  });

  test('A35 the 29th to the 31st come back: every month that has the day has its renewal on it, every other on its last', () => {
    fc.assert(
      fc.property(anchors, fc.integer({ min: 0, max: 600 }), (anchor, n) => {
        const start = Temporal.PlainDate.from(anchor);
        const got = Temporal.PlainDate.from(periodStart(anchor, 'MONTHLY', n));
        expect(got.day).toBe(Math.min(start.day, got.daysInMonth));
        expect(got.year * 12 + got.month - (start.year * 12 + start.month)).toBe(n);
      }),
      RUNS,
    );
  });

  test('A33 A34 a cycle ends where the next begins, and every day lies in exactly one', () => {
    fc.assert(
      fc.property(anchors, frequencies, fc.integer({ min: -800, max: 8_000 }), (anchor, frequency, days) => {
        const day = Temporal.PlainDate.from(anchor).add({ days }).toString();
        const found = periodOf(anchor, frequency, day);
        expect(found.from <= day && day < found.to).toBe(true);
        expect(period(anchor, frequency, found.index)).toEqual(found);
        expect(period(anchor, frequency, found.index + 1).from).toBe(found.to);
        expect(days >= 0).toBe(found.index >= 0);
      }),
      RUNS,
    );
  });

  test('a cycle has 28 to 31 days, a yearly one 365 or 366', () => {
    fc.assert(
      fc.property(anchors, frequencies, fc.integer({ min: 0, max: 100 }), (anchor, frequency, n) => {
        const { from, to } = period(anchor, frequency, n);
        const [least, most] = frequency === 'MONTHLY' ? [28, 31] : [365, 366];
        expect(daysBetween(from, to)).toBeGreaterThanOrEqual(least);
        expect(daysBetween(from, to)).toBeLessThanOrEqual(most);
      }),
      RUNS,
    );
  });
});

describe('days in a time zone', () => {
  test.each<[day: string, zone: string, instant: string, why: string]>([
    ['2027-03-28', 'Europe/Paris', '2027-03-27T23:00:00Z', 'a day of 23 hours'],
    ['2027-10-31', 'Europe/Paris', '2027-10-30T22:00:00Z', 'a day of 25 hours'],
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00Z', 'midnight does not exist, it begins at 1:00'],
    ['2021-03-28', 'Asia/Beirut', '2021-03-27T22:00:00Z', 'midnight does not exist, it begins at 1:00'],
    ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00Z', 'midnight comes twice, it begins with the first'],
    ['2027-01-01', 'Pacific/Kiritimati', '2026-12-31T10:00:00Z', 'the first to have it'],
  ])('%s in %s begins at %s: %s', (day, zone, instant) => {
    expect(startOf(day, zone).toISOString()).toBe(new Date(instant).toISOString());
    expect(dayOf(new Date(instant), zone)).toBe(day);
    expect(dayOf(new Date(Date.parse(instant) - 1), zone) < day).toBe(true);
  });

  test('a day begins at its first instant: the one before belongs to a day before', () => {
    // From 2012: Samoa left out the 30th of December 2011 altogether.
    const days = fc
      .integer({ min: 0, max: 365 * 30 })
      .map((n) => Temporal.PlainDate.from('2012-01-01').add({ days: n }).toString());
    fc.assert(
      fc.property(days, fc.constantFrom(...ZONES), (day, zone) => {
        const start = startOf(day, zone);
        expect(dayOf(start, zone)).toBe(day);
        expect(dayOf(new Date(start.getTime() - 1), zone) < day).toBe(true);
      }),
      RUNS,
    );
  });

  test('days follow the instants in every zone', () => {
    const instants = fc.date({ min: new Date('2012-01-01'), max: new Date('2045-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, instants, fc.constantFrom(...ZONES), (a, b, zone) => {
        const [first, second] = a <= b ? [a, b] : [b, a];
        expect(dayOf(first, zone) <= dayOf(second, zone)).toBe(true);
        expect(startOf(dayOf(a, zone), zone) <= a).toBe(true);
      }),
      RUNS,
    );
  });

  test('what is no zone is thrown at', () => {
    expect(() => dayOf(new Date(0), 'Mars/Olympus')).toThrow('time zone');
    expect(() => startOf('2027-01-01', 'Mars/Olympus')).toThrow('time zone');
  });
});

test.each<[from: string, to: string, text: string]>([
  ['2027-05-05', '2027-06-01', '5 to 31 May 2027'],
  ['2027-05-05', '2027-06-05', '5 May to 4 June 2027'],
  ['2026-12-28', '2027-01-28', '28 December 2026 to 27 January 2027'],
  ['2027-05-31', '2027-06-01', '31 May 2027'],
])('the days from %s until %s read "%s"', (from, to, text) => {
  expect(spanText(from, to)).toBe(text);
});
