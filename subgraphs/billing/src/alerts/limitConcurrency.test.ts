import { expect, test } from '@jest/globals';
import { limitConcurrency } from './limitConcurrency.ts';

test('no more than two at a time, in their order, and one that fails makes room as well', async () => {
  const two = limitConcurrency(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const work = (n: number) => async () => {
    order.push(n);
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (n % 3 === 0) throw new Error(`${n}`);
    return n;
  };
  const all = await Promise.allSettled(Array.from({ length: 20 }, (_none, n) => two(work(n))));
  expect(most).toBe(2);
  expect(order).toEqual(Array.from({ length: 20 }, (_none, n) => n));
  expect(all.map(({ status }) => status === 'fulfilled')).toEqual(order.map((n) => n % 3 !== 0));
  expect(await two(work(1))).toBe(1);
});
