import { expect, test } from '@jest/globals';
import { interleave, ratios, spreadOf } from './statistics.ts';

test.each([
  { values: [3], median: 3, min: 3, max: 3 },
  { values: [9, 1, 2], median: 2, min: 1, max: 9 },
  { values: [4, 1, 2, 10], median: 3, min: 1, max: 10 },
])('the median of $values is $median, between $min and $max', ({ values, ...spread }) => {
  expect(spreadOf(values)).toEqual(spread);
});

test('a median of nothing is refused', () => {
  expect(() => spreadOf([])).toThrow('There is no median of nothing.');
});

test('ratios are taken within each round, so that a slow round changes none', () => {
  expect(ratios([20, 2, 30], [10, 1, 10])).toEqual({ median: 2, min: 2, max: 3 });
  expect(() => ratios([1], [1, 2])).toThrow('as many rounds');
});

test('every contestant runs once per round, each round beginning with another', async () => {
  const order: string[] = [];
  const measured = await interleave(['a', 'b', 'c'], 3, async (name) => order.push(name));
  expect(order.join('')).toBe('abcbcacab');
  expect(measured).toEqual({ a: [1, 6, 8], b: [2, 4, 9], c: [3, 5, 7] });
});
