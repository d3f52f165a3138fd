import { expect, test } from '@jest/globals';
import { pagesByKey, rowPerKey, rowsPerKey } from './loaders.ts';

type Row = { key: string; value: number };
const row = (key: string, value: number): Row => ({ key, value });
const keyOf = ({ key }: Row): string => key;
const keys = ['b', 'a', 'd', 'c'];

test.each([
  ['in the order of the keys', [row('b', 1), row('a', 2), row('d', 3), row('c', 4)], [1, 2, 3, 4]],
  ['with some missing', [row('a', 2), row('c', 4)], [null, 2, null, 4]],
  ['in an order of its own', [row('a', 2), row('b', 1), row('c', 4), row('d', 3)], [1, 2, 3, 4]],
  ['in an order of its own, with some missing', [row('c', 4), row('b', 1)], [1, null, null, 4]],
  ['with one that nobody asked for', [row('b', 1), row('x', 9), row('c', 4)], [1, null, null, 4]],
  ['twice', [row('b', 1), row('b', 2), row('a', 3)], [2, 3, null, null]],
  ['empty', [], [null, null, null, null]],
])('each key gets its row when the answer is %s', (_name, rows, expected) => {
  expect(rowPerKey(keys, rows, keyOf).map((found) => found?.value ?? null)).toEqual(expected);
});

test.each([
  ['in the order of the keys', [row('b', 1), row('b', 2), row('d', 3)], [[1, 2], [], [3], []]],
  ['in an order of its own', [row('d', 3), row('b', 1), row('c', 4), row('b', 2)], [[1, 2], [], [3], [4]]],
  ['apart', [row('b', 1), row('a', 5), row('b', 2)], [[1, 2], [5], [], []]],
  ['with one that nobody asked for', [row('x', 9), row('a', 5)], [[], [5], [], []]],
  ['empty', [], [[], [], [], []]],
])('each key gets all of its rows when the answer is %s', (_name, rows, expected) => {
  expect(rowsPerKey(keys, rows, keyOf).map((found) => found.map(({ value }) => value))).toEqual(expected);
});

test.each([
  [1, 1_000],
  [20, 571],
  [100, 118],
])('one statement pages for as many parents as its rows allow: %i each', async (first, most) => {
  const asked: number[] = [];
  const load = pagesByKey<Row, null>(
    (work) => work({} as never),
    async (_tx, parents) => {
      asked.push(parents.length);
      return parents.map((key) => row(key, 1));
    },
    keyOf,
  );
  await Promise.all(Array.from({ length: most + 1 }, (_, at) => load(`${at}`, { first, after: null }, null)));
  expect(asked).toEqual([most, 1]);
});
