import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEDGER } from '@comptoir/billing/books/ledger/ledgerStream.ts';
import { type Installation, openInstallation } from '@comptoir/launch/installation/installation.ts';
import { installationSecrets } from '@comptoir/launch/installation/secrets.ts';
import { readHeads, type SealReport, verifySeals } from '@comptoir/shared/audit/seal.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import { testDatabase } from '@comptoir/testing/testDatabase.ts';
import pg from 'pg';
import { type Graph, openGraph } from '../torture/graph.ts';
import { type Place, type PlaceOptions, seedPlace } from '../torture/place.ts';

/** Nothing here may depend on how fast a busy machine is. */
export const PATIENCE_MS = 60_000;

export type MoneyHouse = {
  place: Place;
  /** The graph over HTTP; another one after a restart. */
  graph(): Graph;
  installation(): Installation;
  /** The owner of every table. */
  admin: pg.Client;
  adminUrl: string;
  /** Verifies what is sealed of the ledger by now. */
  verifySeals(): Promise<SealReport>;
  /** Stops the product and starts it anew on the same database. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** The whole product in this process over HTTP on loopback, its jobs running, on a database of its own. */
export async function openMoneyHouse(options: PlaceOptions): Promise<MoneyHouse> {
  const home = await mkdtemp(join(tmpdir(), 'comptoir-money-'));
  const [database, secrets] = await Promise.all([testDatabase(), installationSecrets(home)]);
  const headsFile = join(home, 'ledger-heads.jsonl');
  const open = () =>
    openInstallation({
      databaseUrls: database.urls,
      secrets,
      mail: { smtpUrl: 'smtp://127.0.0.1:9', from: 'Comptoir <no-reply@comptoir.localhost>' },
      publicUrl: 'http://comptoir.localhost',
      ledgerHeads: headsFile,
      log: createLog('money', { level: process.env.TEST_LOG_LEVEL ?? 'fatal' }),
      poolSize: { request: 8, system: 4 },
      gateway: { subgraphTimeoutMs: PATIENCE_MS },
    });
  const listen = async (opened: Installation): Promise<Graph> =>
    openGraph(await opened.gateway.listen(0, '127.0.0.1'), PATIENCE_MS);
  let installation = await open();
  const place = await seedPlace(installation.subgraphs, database.urls.identity.system, options);
  let graph = await listen(installation);
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  return {
    place,
    graph: () => graph,
    installation: () => installation,
    admin,
    adminUrl: database.adminUrl,
    async verifySeals() {
      await admin.query('begin isolation level repeatable read');
      const heads = readHeads(headsFile, LEDGER.name);
      const report = await verifySeals(async (sql, values) => (await admin.query(sql, values)).rows ?? [], LEDGER, {
        key: secrets.keys.billing,
        heads,
      });
      await admin.query('commit');
      return report;
    },
    async restart() {
      await installation.stop();
      installation = await open();
      graph = await listen(installation);
    },
    async stop() {
      await admin.end();
      await installation.stop();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
