import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { appendHeads, lastHeadNumber, readHeads } from './seal.ts';
import type { Head } from './sealChain.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comptoir-heads-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const head = (number: number, stream = 'ledger'): Head => ({
  stream,
  number,
  position: number * 10,
  xid: '1',
  seq: '1',
  hash: 'ab'.repeat(32),
  sealedAt: '2026-11-22T10:00:00.000Z',
  signature: 'x'.repeat(86),
});

test('the last head is found at the end of the file, however long it is, and of its own stream', async () => {
  const file = join(folder, 'long.jsonl');
  expect(await lastHeadNumber(file, 'ledger')).toBe(0);
  await appendHeads(file, [head(1)]);
  expect(await lastHeadNumber(file, 'ledger')).toBe(1);
  await appendHeads(
    file,
    Array.from({ length: 999 }, (_none, at) => head(at + 2)),
  );
  await appendHeads(file, [head(7, 'trail')]);
  expect(await lastHeadNumber(file, 'ledger')).toBe(1_000);
  expect(await lastHeadNumber(file, 'trail')).toBe(7);
  expect(readHeads(file, 'ledger')).toHaveLength(1_000);
});

test('a last line that a crash cut short is as if it were not there', async () => {
  const file = join(folder, 'cut.jsonl');
  await appendHeads(file, [head(1), head(2)]);
  await appendFile(file, '{"stream":"ledger","number":3,"pos');
  expect(await lastHeadNumber(file, 'ledger')).toBe(2);
});
