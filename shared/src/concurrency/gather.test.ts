import { expect, test } from '@jest/globals';
import { type Gathering, gatherer } from './gather.ts';

type Item = { name: string; weight?: number; keys?: string[] };

/** What ran together, and a way to hold a go until the test lets it end. */
function watched(over: Partial<Gathering<Item, string>> = {}) {
  const goes: string[][] = [];
  let held = Promise.withResolvers<void>();
  const gather = gatherer<Item, string>({
    async run(items) {
      goes.push(items.map(({ name }) => name));
      await held.promise;
      return items.map(({ name }) => `${name} done`);
    },
    weight: ({ weight = 1 }) => weight,
    keys: ({ keys = [] }) => keys,
    most: 3,
    mostWaiting: 10,
    longestWaitMs: 60_000,
    busy: () => new Error('busy'),
    separates: () => true,
    ...over,
  });
  return { goes, gather, release: () => held.resolve(), hold: () => (held = Promise.withResolvers()) };
}

test('the first goes at once; what comes meanwhile goes together, as much as fits, and each gets its own result', async () => {
  const { goes, gather, release } = watched();
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => gather({ name }));
  expect(goes).toEqual([['a']]);
  release();
  expect(await Promise.all(all)).toEqual(['a done', 'b done', 'c done', 'd done', 'e done']);
  expect(goes).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
});

test('those that share a key go one after the other, and nobody overtakes one of the same key', async () => {
  const { goes, gather, release } = watched();
  const asked: Item[] = [
    { name: 'a' },
    { name: 'b', keys: ['k'] },
    { name: 'c', keys: ['k', 'l'] },
    { name: 'd', keys: ['l'] },
    { name: 'e' },
  ];
  const all = asked.map(gather);
  release();
  await Promise.all(all);
  expect(goes).toEqual([['a'], ['b', 'e'], ['c'], ['d']]);
});

test('one that weighs more than fits goes alone; beyond what may wait, the caller is told so at once', async () => {
  const { goes, gather, release } = watched();
  const all = [gather({ name: 'a' }), gather({ name: 'big', weight: 9 }), gather({ name: 'b' })];
  await expect(gather({ name: 'too much' })).rejects.toThrow('busy');
  release();
  await Promise.all(all);
  expect(goes).toEqual([['a'], ['big'], ['b']]);
});

test('what waited too long is told so and not done', async () => {
  const { goes, gather, release } = watched({ longestWaitMs: -1 });
  const late = gather({ name: 'a' });
  release();
  await expect(late).rejects.toThrow('busy');
  expect(goes).toEqual([]);
});

test('a go that fails is tried one by one, so that only the culprit fails; not where nobody in it is to blame', async () => {
  for (const [blamed, failed] of [
    [true, ['bad']],
    [false, ['b', 'bad', 'c']],
  ] as const) {
    const first = Promise.withResolvers<void>();
    const { gather } = watched({
      async run(items) {
        if (items[0]?.name === 'a') await first.promise;
        if (items.some(({ name }) => name === 'bad')) throw new Error('bad');
        return items.map(({ name }) => name);
      },
      separates: () => blamed,
    });
    const names = ['a', 'b', 'bad', 'c'];
    const all = Promise.allSettled(names.map((name) => gather({ name })));
    first.resolve();
    const outcomes = await all;
    expect(names.filter((_name, at) => outcomes[at]?.status === 'rejected')).toEqual(failed);
  }
});

test('it says when nothing is left', async () => {
  let idle = 0;
  const gather = gatherer<string, string>(
    {
      run: async (items) => items,
      weight: () => 1,
      keys: () => [],
      most: 10,
      mostWaiting: 10,
      longestWaitMs: 1_000,
      busy: () => new Error('busy'),
      separates: () => false,
    },
    () => {
      idle += 1;
    },
  );
  expect(await Promise.all([gather('a'), gather('b')])).toEqual(['a', 'b']);
  await null;
  expect(idle).toBe(1);
});
