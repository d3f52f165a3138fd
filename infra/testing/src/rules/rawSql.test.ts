import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { expect, test } from '@jest/globals';
import { FILES } from './rawSql.ts';

/**
 * SQL is written by hand where the statement is the point, in files that `rawSql.ts` names with their reason;
 * everything else goes through TypeORM's manager. Left out are tests and their helpers, migrations, and `infra/tools`,
 * which measures and tortures the product with statements of its own.
 */
const root = fileURLToPath(REPOSITORY);
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter(
    (file) => file.endsWith('.ts') && !/\.test\.ts$|\/testing\/|\/stories\/|\/migrations\/|^infra\/tools\//.test(file),
  );

/** A call that takes a statement, no matter who has it: `tx.query(`, `runner.query<Row>(`, a `sql` tag of TypeORM's. */
const CALL = /\.query\s*(?:<[^>]*>)?\(|\.sql\s*`/;
/** A text that begins as a statement does, which another function may send: `pipelineQueries`, `new CommitWith`. */
const STATEMENT =
  /['"`]\s*(?:with\s+\w+(?:\s*\([^)]*\))?\s+as\b|select\s|insert\s+into\s|update\s+\S+\s+(?:\w+\s+)?set\s|delete\s+from\s|merge\s+into\s|truncate\s|lock\s+table\s|begin['"`]|begin isolation|savepoint\s|rollback\b|set\s+(?:local|constraints)\s)/i;

const isRaw = (code: string): boolean => CALL.test(code) || STATEMENT.test(code);

test.each([
  'await tx.query(text, [id])',
  'await runner.query<Row[]>(TEXT)',
  'await database.sql`delete from thing`',
  'pipelineQueries(tx, [{ sql: `select a from b`, values }])',
  "new CommitWith([{ sql: 'insert into a (b) values ($1)', values }], done)",
  'const MOVE = `\n  with moved as (select 1) select 2`',
  'const MOVE = `with moved (id) as materialized (select 1) select 2`',
  "send('update wallet w set balance = 0')",
  "send('DELETE FROM wallet')",
  "send('savepoint tried')",
])('%s is found', (code) => {
  expect(isRaw(code)).toBe(true);
});

test.each([
  'await tx.findOneBy(Table, { id })',
  "query.andWhere('strpos(lower(account.name), lower(:search)) > 0', { search })",
  "const LIST = { select: columnsOf(Table, 't'), from: 'tracker t', where: 't.account_id = owner.id' }",
  "ctx.system('begin a second factor', work)",
  "'Update your card, or set another one.'",
  'const page = readPage(args.query)',
])('%s is none', (code) => {
  expect(isRaw(code)).toBe(false);
});

test('SQL is written by hand in the files that are named for it, and in every one of these', () => {
  expect(files.length).toBeGreaterThan(400);
  const found = files.filter((file) => isRaw(readFileSync(join(root, file), 'utf8')));
  const named = Object.keys(FILES);
  expect(named.toSorted()).toEqual(found.sort());
  expect(named).toEqual(named.toSorted());
});
