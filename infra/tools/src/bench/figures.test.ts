import { expect, test } from '@jest/globals';
import { type Figure, reaches, tableOf } from './figures.ts';

const figure = (median: number, more: Partial<Figure> = {}): Figure => ({
  figure: 'a figure',
  measured: { median, min: median, max: median },
  targets: [1, 2, 3],
  ...more,
});

test.each([
  { median: 0.9, reached: 'none' },
  { median: 1, reached: 'first' },
  { median: 2.5, reached: 'then' },
  { median: 3, reached: 'aim' },
])('where more is better, $median reaches $reached', ({ median, reached }) => {
  expect(reaches(figure(median))).toBe(reached);
});

test.each([
  { median: 11, reached: 'none' },
  { median: 10, reached: 'first' },
  { median: 8, reached: 'aim' },
])('where less is better, $median reaches $reached', ({ median, reached }) => {
  expect(reaches(figure(median, { targets: [10, 8, 8], atMost: true }))).toBe(reached);
});

test('a worst round that reaches less is said', () => {
  expect(reaches(figure(2, { measured: { median: 2, min: 0.5, max: 4 } }))).toBe('then?');
  expect(reaches(figure(2, { measured: { median: 9, min: 1, max: 12 }, targets: [10, 8, 8], atMost: true }))).toBe(
    'first?',
  );
});

test('a cost below nothing is noise', () => {
  expect(reaches(figure(-0.2, { targets: [0.2, 0.1, 0.05], atMost: true, percent: true }))).toBe('noise');
});

test('what was not measured reaches nothing and says why', () => {
  const missing = figure(0, { measured: null, note: 'peer not run' });
  expect(reaches(missing)).toBe('');
  expect(tableOf([missing])).toContain('peer not run');
});
