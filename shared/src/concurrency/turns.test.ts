import { expect, test } from '@jest/globals';
import { createBreath } from './breath.ts';
import { ownTurn } from './ownTurn.ts';

/** Keeps the process busy. */
function hold(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Counts the turns of the process until it is stopped. */
function countTurns(): { now(): number; stop(): void } {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  return { now: () => turns, stop: () => clearImmediate(timer) };
}

test('what runs side by side in one piece of work has no more of a turn together than one has', async () => {
  const breathe = createBreath();
  const turns = countTurns();
  hold(20);
  const at = new Map<number, number>();
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      await breathe();
      // Its part comes a little later than it is woken.
      await Promise.resolve();
      hold(10);
      at.set(turns.now(), (at.get(turns.now()) ?? 0) + 1);
    }),
  );
  turns.stop();
  expect([...at.values()].every((together) => together <= 2)).toBe(true);
  expect([...at.values()].reduce((sum, together) => sum + together, 0)).toBe(12);
});

test('who has not had its turn goes on at once', () => {
  expect(createBreath()()).toBeUndefined();
});

test('each has a turn of its own, in the order in which they came', async () => {
  const turns = countTurns();
  const order: number[] = [];
  const seen = new Set<number>();
  await Promise.all(
    [1, 2, 3, 4].map(async (n) => {
      await ownTurn();
      order.push(n);
      seen.add(turns.now());
    }),
  );
  turns.stop();
  expect(order).toEqual([1, 2, 3, 4]);
  expect(seen.size).toBe(4);
});
