import { readdirSync } from 'node:fs';
import { allMigrations } from '@comptoir/launch/database/bootstrap.ts';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { expect, test } from '@jest/globals';
import { fileOf, firstRelease, numberOf, recorded } from './firstRelease.ts';

const found = await allMigrations();
const folderOf = (schema: string): URL =>
  new URL(schema === 'access' ? 'shared/src/migrations/' : `subgraphs/${schema}/src/migrations/`, REPOSITORY);

test('access comes first, and every subgraph after it has migrations', () => {
  expect(found.map(([schema]) => schema)).toEqual(['access', 'identity', 'accounts', 'billing', 'trackers']);
});

test.each(found)(
  '%s: a file for each migration and a migration in each file, in the order in which they run',
  (schema, migrations) => {
    const files = readdirSync(folderOf(schema)).sort();
    expect(files).toEqual([...migrations.map(({ name }) => `${fileOf(name)}.ts`), 'all.ts']);
  },
);

test.each(found)('%s: each file exports the one migration that it is named after', async (schema, migrations) => {
  for (const migration of migrations) {
    const held = await import(new URL(`${fileOf(migration.name)}.ts`, folderOf(schema)).href);
    expect(Object.values(held)).toEqual([migration]);
  }
});

test.each(found)('%s: numbers rise, so that no two are the same', (_schema, migrations) => {
  const numbers = migrations.map(({ name }) => numberOf(name));
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
});

test.each(found)(
  '%s: what installations have recorded keeps its name, and would not run again',
  (schema, migrations) => {
    const names = migrations.map(({ name }) => name);
    const shipped = [...Object.keys(recorded.firstRelease[schema] ?? {}), ...(recorded.since[schema] ?? [])];
    expect(shipped.length).toBeGreaterThan(5);
    expect(names).toEqual(expect.arrayContaining(shipped));
  },
);

test('the migrations of the first release are kept, each as it ran or proven to be the same', async () => {
  expect((await firstRelease()).flatMap(([, migrations]) => migrations).length).toBe(53);
});
