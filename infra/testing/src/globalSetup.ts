import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIfThere } from '@comptoir/launch/machine/files.ts';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { type PostgresServer, startPostgres } from '@comptoir/launch/postgres/postgres.ts';
import type pg from 'pg';
import { takeLease } from './lease.ts';
import { removeAbandonedServers, removeServer } from './ownServers.ts';
import { dropLeftovers, ensureTemplate, templateName } from './template.ts';

export const TEST_DATA = fileURLToPath(new URL('.comptoir/test-postgres', REPOSITORY));

/** What the teardown needs; Jest runs both in one process. */
export type TestRun = { server: PostgresServer; lease: pg.Client };
export const testRun = globalThis as typeof globalThis & { comptoirTestRun?: TestRun };

const quiet = { info() {}, warn: (sentence: string) => console.warn(sentence) };

/**
 * One PostgreSQL for the run, shared with other runs of the same tree, and a migrated template in it. Tests learn of
 * both through the environment. A watchdog of its own process stops the server when the last run is gone, also after a
 * SIGKILL of Jest.
 */
export default async function globalSetup(): Promise<void> {
  await forgetDataOfEarlierBoot();
  const template = await templateName();
  const run = await startAndLease(async (client) => {
    await removeAbandonedServers();
    await dropLeftovers(client, template);
  });
  testRun.comptoirTestRun = run;
  startWatchdog();

  await ensureTemplate(run.server.adminUrl, template);
  process.env.COMPTOIR_TEST_ADMIN_URL = run.server.adminUrl;
  process.env.COMPTOIR_TEST_TEMPLATE = template;
}

async function startAndLease(whenAlone: (client: pg.Client) => Promise<void>): Promise<TestRun> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const server = await startPostgres({ dataDir: TEST_DATA, maxConnections: 200, durability: 'none', log: quiet });
    const lease = await takeLease(server, whenAlone);
    if (lease !== null) return { server, lease };
  }
  throw new Error('The test database was stopped five times while this run began. Try again.');
}

/** The server runs without fsync, so what it wrote before the machine went down is not to be trusted. */
async function forgetDataOfEarlierBoot(): Promise<void> {
  const boot = await readIfThere('/proc/sys/kernel/random/boot_id');
  if (boot === null) return;
  const file = join(TEST_DATA, 'boot');
  if ((await readIfThere(file)) === boot) return;
  await removeServer(TEST_DATA);
  await mkdir(TEST_DATA, { recursive: true });
  await writeFile(file, boot);
}

function startWatchdog(): void {
  const script = fileURLToPath(new URL('./watchdog.ts', import.meta.url));
  spawn(process.execPath, [script, TEST_DATA], { detached: true, stdio: 'ignore' }).unref();
}
