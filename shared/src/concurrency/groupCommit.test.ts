import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type Group, type GroupCommit, groupCommit } from './groupCommit.ts';

type Item = { name: string; weight?: number; keys?: string[] };

/** What ran together, and a way to hold a go until the test lets it end. */
function watched(over: Partial<GroupCommit<Item, string>> = {}) {
  const goes: string[][] = [];
  const held = Promise.withResolvers<void>();
  const commit = groupCommit<Item, string>({
    async run(items) {
      goes.push(items.map(({ name }) => name));
      await held.promise;
      return items.map(({ name }) => `${name} done`);
    },
    weight: ({ weight = 1 }) => weight,
    keys: ({ keys = [] }) => keys,
    maxWeight: 3,
    maxWaiting: 12,
    maxWaitMs: 60_000,
    busy: () => new Error('busy'),
    separates: () => true,
    ...over,
  });
  const owner = {};
  return { goes, together: (item: Item, group: Group = { owner }) => commit(item, group), release: held.resolve };
}

test('what comes in one turn goes together, and what comes meanwhile goes next, as much as fits; each gets its own result', async () => {
  const { goes, together, release } = watched();
  const first = ['a', 'b'].map((name) => together({ name }));
  expect(goes).toEqual([]);
  await turn();
  expect(goes).toEqual([['a', 'b']]);
  const next = ['c', 'd', 'e', 'f'].map((name) => together({ name }));
  release();
  expect(await Promise.all([...first, ...next])).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name} done`));
  expect(goes).toEqual([['a', 'b'], ['c', 'd', 'e'], ['f']]);
});

test('those that share a key go one after the other, and nobody overtakes one of the same key', async () => {
  const { goes, together, release } = watched();
  const asked: Item[] = [
    { name: 'a', keys: ['k'] },
    { name: 'b', keys: ['k', 'l'] },
    { name: 'c', keys: ['l'] },
    { name: 'd' },
  ];
  const all = asked.map((item) => together(item));
  release();
  await Promise.all(all);
  expect(goes).toEqual([['a', 'd'], ['b'], ['c']]);
});

test('one that weighs more than fits goes alone; beyond what may wait, the caller is told so at once', async () => {
  const { goes, together, release } = watched();
  const all = [together({ name: 'a' }), together({ name: 'big', weight: 10 }), together({ name: 'b' })];
  await expect(together({ name: 'too much' })).rejects.toThrow('busy');
  release();
  await Promise.all(all);
  expect(goes).toEqual([['a', 'b'], ['big']]);
});

test('what waited too long is told so and not done', async () => {
  const { goes, together, release } = watched({ maxWaitMs: -1 });
  const late = together({ name: 'a' });
  release();
  await expect(late).rejects.toThrow('busy');
  expect(goes).toEqual([]);
});

test('a go that fails is tried one by one, so that only the culprit fails; not where nobody in it is to blame', async () => {
  for (const [blamed, failed] of [
    [true, ['bad']],
    [false, ['b', 'bad', 'c']],
  ] as const) {
    const { together } = watched({
      async run(items) {
        if (items.some(({ name }) => name === 'bad')) throw new Error('bad');
        return items.map(({ name }) => name);
      },
      separates: () => blamed,
    });
    const names = ['b', 'bad', 'c'];
    const outcomes = await Promise.allSettled(names.map((name) => together({ name })));
    expect(names.filter((_name, at) => outcomes[at]?.status === 'rejected')).toEqual(failed);
  }
});

test('of several groups each goes by itself; what is heavy goes alone and at once, whatever its group waits for', async () => {
  const { goes, together, release } = watched({ aloneFrom: 3 });
  const owner = {};
  const all = [
    together({ name: 'a' }, { owner }),
    together({ name: 'b' }, { owner, name: 'another' }),
    together({ name: 'c' }, { owner: {} }),
    together({ name: 'heavy', weight: 3 }, { owner }),
  ];
  expect(goes).toEqual([['heavy']]);
  await turn();
  expect(goes).toEqual([['heavy'], ['a'], ['b'], ['c']]);
  release();
  await Promise.all(all);
});

test('a group of which nothing waits begins anew', async () => {
  const { goes, together, release } = watched();
  release();
  expect([await together({ name: 'a' }), await together({ name: 'b' })]).toEqual(['a done', 'b done']);
  expect(goes).toEqual([['a'], ['b']]);
});
