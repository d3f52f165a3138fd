import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@comptoir/testing/until.ts';
import { expect, test } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { createLog } from './log.ts';

test('GUARD a statement that fails is logged with its text and code, and without its values', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'comptoir-log-'));
  const file = join(folder, 'log');
  const refused = Object.assign(new Error('duplicate key value violates unique constraint'), {
    code: '23505',
    detail: 'Key (email)=(marie@example.org) already exists.',
    where: 'portal "" parameter $1 = \'marie@example.org\'',
  });
  const failed = new QueryFailedError(
    'insert into app_user values ($1, $2)',
    ['marie@example.org', '$argon2id$'],
    refused,
  );
  const log = createLog('test', { level: 'debug', file });
  log.error({ err: failed, password: 'hidden', input: { token: 'hidden' } }, 'bug');
  log.error({ err: new Error('above', { cause: failed }) }, 'bug');
  log.warn({ err: refused }, 'outage');
  const text = await until(async () => {
    const written = await readFile(file, 'utf8').catch(() => '');
    return written.split('\n').length === 4 && written;
  }, 'three lines in the log');
  expect(text).toContain('insert into app_user values ($1, $2)');
  expect(text).toContain('23505');
  expect(text).not.toMatch(/marie|argon2id|hidden/);
  await rm(folder, { recursive: true });
});
