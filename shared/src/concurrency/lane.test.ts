import { expect, test } from '@jest/globals';
import { createLane } from './lane.ts';

const lane = (running: number, waiting: number, waitMs = 60_000) =>
  createLane({ running, waiting, waitMs }, () => new Error('refused'));

test('so many at once, the others in the order of their arrival', async () => {
  const enter = lane(2, 10);
  const order: number[] = [];
  let active = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      enter(async () => {
        active += 1;
        most = Math.max(most, active);
        order.push(at);
        await Promise.resolve();
        active -= 1;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(order).toEqual(Array.from({ length: 12 }, (_, at) => at));
});

test('what has no place in the queue is refused at once and was not begun; afterwards all is as before', async () => {
  const enter = lane(1, 2);
  const held = Promise.withResolvers<void>();
  const begun: string[] = [];
  const work = (name: string) =>
    enter(async () => {
      begun.push(name);
      await held.promise;
      return name;
    });
  const three = [work('a'), work('b'), work('c')];
  await expect(work('d')).rejects.toThrow('refused');
  held.resolve();
  expect(await Promise.all(three)).toEqual(['a', 'b', 'c']);
  expect(begun).toEqual(['a', 'b', 'c']);
  expect(await work('e')).toBe('e');
});

test('what has waited too long is refused and gives its place to nobody', async () => {
  const enter = lane(1, 2, 1);
  const held = Promise.withResolvers<string>();
  const first = enter(() => held.promise);
  await expect(enter(async () => 'late')).rejects.toThrow('refused');
  held.resolve('first');
  expect(await first).toBe('first');
  expect(await enter(async () => 'next')).toBe('next');
});

test('what has waited elsewhere has only the rest of its time, also where there is room', async () => {
  const enter = lane(1, 2);
  const begun: string[] = [];
  const work = async (): Promise<void> => void begun.push('late');
  await expect(enter(work, { arrivedAt: performance.now() - 60_000 })).rejects.toThrow('refused');
  const held = Promise.withResolvers<string>();
  const first = enter(() => held.promise);
  await expect(enter(work, { arrivedAt: performance.now() - 59_999 })).rejects.toThrow('refused');
  held.resolve('first');
  expect([await first, await enter(async () => 'next'), begun]).toEqual(['first', 'next', []]);
});

test('one group has only so many places to wait; others have theirs, and so has it again afterwards', async () => {
  const enter = createLane({ running: 1, waiting: 5, waitingOfGroup: 2 }, () => new Error('refused'));
  const held = Promise.withResolvers<void>();
  const work = (group?: string): Promise<void> => enter(() => held.promise, group === undefined ? {} : { group });
  const inside = [work('a'), work('a'), work('a')];
  await expect(work('a')).rejects.toThrow('refused');
  inside.push(work('b'), work(), work());
  await expect(work('b')).rejects.toThrow('refused');
  held.resolve();
  await Promise.all(inside);
  await Promise.all([work('a'), work('a'), work('a')]);
});

test('work that fails gives its place on', async () => {
  const enter = lane(1, 5);
  const answers = await Promise.allSettled([
    enter(() => Promise.reject(new Error('failed'))),
    enter(async () => 'next'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});
