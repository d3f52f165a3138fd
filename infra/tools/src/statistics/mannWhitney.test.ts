import { expect, test } from '@jest/globals';
import { mannWhitney } from './mannWhitney.ts';

const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => from + n);

test('samples that are the same give no difference', () => {
  const { z, p, effect } = mannWhitney(upTo(50), upTo(50));
  expect([z, effect]).toEqual([0, 0.5]);
  expect(p).toBeCloseTo(1, 5);
});

test('samples that lie apart give a difference, in its direction', () => {
  expect(mannWhitney(upTo(50, 100), upTo(50))).toMatchObject({ effect: 1 });
  expect(mannWhitney(upTo(50), upTo(50, 100))).toMatchObject({ effect: 0 });
  expect(mannWhitney(upTo(50), upTo(50, 100)).p).toBeLessThan(1e-9);
});

test('with ties it counts pairs, half for equal ones', () => {
  const [ones, others] = [
    [1, 2, 2, 5, 7, 9],
    [1, 2, 3, 4, 5, 6, 7, 8],
  ];
  const pairs = ones.flatMap((one) => others.map((other): number => (one > other ? 1 : one === other ? 0.5 : 0)));
  const sum = pairs.reduce((total, pair) => total + pair, 0);
  expect(mannWhitney(ones, others).effect).toBeCloseTo(sum / pairs.length, 12);
});

test('its p is that of the formula: eight below eight', () => {
  // U = 0, its mean 32, its deviation the root of 64 / 12 × 17: z = -3.3607.
  const { z, p } = mannWhitney(upTo(8), upTo(8, 100));
  expect(z).toBeCloseTo(-3.3607, 3);
  expect(p).toBeCloseTo(0.00078, 5);
});
