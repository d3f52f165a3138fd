import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeads, verifySeals } from '@comptoir/shared/audit/seal.ts';
import { TRAIL } from '@comptoir/shared/audit/trailStream.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { IdentityConfig } from '../base/config.ts';
import { type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';
import { sealTrail } from './sealTrail.ts';

let identity: IdentityFixture;
let folder: string;
let signingKey: JWK;
let config: IdentityConfig;
let file: string;
beforeAll(async () => {
  identity = await startIdentity();
  folder = await mkdtemp(join(tmpdir(), 'comptoir-trail-'));
  file = join(folder, 'heads.jsonl');
  signingKey = await exportJWK((await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })).privateKey);
  config = { signingKey, trailHeads: file } as IdentityConfig;
});
afterAll(async () => {
  await identity.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs each unit in a transaction of the owner's connection: what is proved here is the file beside the database. */
const work = {
  async system(_id: string, unit: (tx: unknown) => Promise<unknown>) {
    await identity.admin.query('begin');
    const outcome = await unit({
      query: async (sql: string, values?: unknown[]) => (await identity.admin.query(sql, values)).rows ?? [],
    });
    await identity.admin.query('commit');
    return outcome;
  },
} as unknown as JobContext;

const verify = () =>
  verifySeals(async (sql, values) => (await identity.admin.query(sql, values)).rows ?? [], TRAIL, {
    key: signingKey,
    heads: readHeads(file, 'trail'),
  });
const KEY = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { userErrors { code } } }`;
const something = async (): Promise<void> => {
  const owner = await identity.person();
  await identity.ask(KEY, { name: 'k', areas: [{ area: 'OTHER', verb: 'READ' }] }, owner);
};

/**
 * Seals the one row that was added. A transaction of another test's database on the same server may hold it back for a
 * moment.
 */
const sealOne = (): Promise<number> => until(() => sealTrail(work, config), 'a row to be sealed');

test('P what was done is sealed, with its head outside the database; again, nothing is left to do', async () => {
  await something();
  expect(await sealOne()).toBe(1);
  expect(await sealTrail(work, config)).toBe(0);
  expect(readHeads(file, 'trail')).toHaveLength(1);
  expect(await verify()).toMatchObject({ rows: 1, checkpoints: 1, heads: 1, unsealed: 0, problem: null });
});

test('P a crash between the seal and the file is made good by the next round', async () => {
  const before = await readFile(file, 'utf8');
  await something();
  await sealOne();
  await writeFile(file, before);
  await something();
  await sealOne();
  expect(readHeads(file, 'trail').map(({ number }) => number)).toEqual([1, 2, 3]);
  expect((await verify()).problem).toBeNull();
});

test('P a tail that was cut off is missed only because of the file', async () => {
  await identity.admin.query('begin');
  await identity.admin.query('delete from access.trail_checkpoint where number = 3');
  await identity.admin.query('delete from access.trail_link where position = 3');
  expect((await verify()).problem?.problem).toMatch(/cut off/);
  await identity.admin.query('rollback');
});
