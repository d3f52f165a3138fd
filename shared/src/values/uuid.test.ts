import { randomFillSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { makeIds, newId, readId } from './uuid.ts';

const many = (count: number, make: () => string): string[] => Array.from({ length: count }, make);
const millisecondOf = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
const AT = Date.UTC(2026, 8, 1);
/** Ids by a clock that the test moves, which stands still until then. */
function idsAt(at: number): { make: () => string; set: (to: number) => void } {
  let now = at;
  return {
    make: makeIds({ now: () => now, random: (bytes) => randomFillSync(bytes) }),
    set: (to) => {
      now = to;
    },
  };
}

test('Ids are made in the order in which they sort, also many in one millisecond', () => {
  const ids = many(20_000, newId);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(20_000);
});

test('An id is a UUID of version 7 with the millisecond of its making', () => {
  const { make } = idsAt(AT);
  for (const id of many(100, make)) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(readId(id)).toBe(id);
    expect(millisecondOf(id)).toBe(AT);
  }
});

test('Ids go on sorting while the clock stands still, goes back and comes forward again', () => {
  const { make, set } = idsAt(AT);
  const ids = many(300, make);
  set(AT - 3_600_000);
  ids.push(...many(300, make));
  set(AT + 1);
  ids.push(...many(300, make));
  expect(ids.toSorted()).toEqual(ids);
  expect(millisecondOf(ids.at(-1) as string)).toBe(AT + 1);
});

test('More ids than a counter holds take the next milliseconds, and stay there until the clock has passed', () => {
  const { make, set } = idsAt(AT);
  const ids = many(15_000, make);
  const ahead = millisecondOf(ids.at(-1) as string);
  expect(ahead - AT).toBeGreaterThanOrEqual(2);
  expect(ahead - AT).toBeLessThanOrEqual(8);
  set(AT + 1);
  ids.push(make());
  expect(millisecondOf(ids.at(-1) as string)).toBeGreaterThanOrEqual(ahead);
  set(AT + 1_000);
  ids.push(make());
  expect(millisecondOf(ids.at(-1) as string)).toBe(AT + 1_000);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test('62 bits of every id are drawn anew: the next one is not found from the one before', () => {
  const ends = many(2_000, idsAt(AT).make).map((id) => id.slice(19));
  expect(new Set(ends).size).toBe(2_000);
  const ones = Array.from(
    { length: 64 },
    (_, bit) => ends.filter((end) => (BigInt(`0x${end.replaceAll('-', '')}`) >> BigInt(63 - bit)) & 1n).length,
  );
  expect(ones.slice(0, 2)).toEqual([2_000, 0]);
  // A fair bit leaves these bounds once in some 10^19 runs (nine deviations): this is no test of luck.
  for (const count of ones.slice(2)) expect(Math.abs(count - 1_000)).toBeLessThan(9 * 22.4);
});
