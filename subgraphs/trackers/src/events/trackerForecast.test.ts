import { expect, test } from '@jest/globals';
import { forecastWindow, trackerForecast } from './trackerForecast.ts';

const now = new Date('2026-11-22T12:00:00.000Z');
const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);

test.each([
  [280, 100, 28, 10],
  [280, 28, 28, 10],
  [30, 3.9, 3, 10],
  [30, 0.1, 1, 30],
  [0, 100, 28, 0],
])(
  'N17 %d credits of a tracker that is %d days old: based on %d days, %d a day',
  (credits, age, basedOnDays, creditsPerDay) => {
    expect(trackerForecast({ credits, createdAt: daysAgo(age) }, now)).toEqual({ basedOnDays, creditsPerDay });
  },
);

test('N17 a forecast looks back 28 days', () => {
  expect(forecastWindow(now)).toEqual({ from: daysAgo(28), to: now });
});
