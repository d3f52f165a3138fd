import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type InstallationOptions,
  type LocalSubgraphs,
  openInstallation,
} from '@comptoir/launch/installation/installation.ts';
import { installationSecrets, type Secrets } from '@comptoir/launch/installation/secrets.ts';
import { createLog, type Log } from '@comptoir/shared/process/log.ts';
import type { Clock } from '@comptoir/shared/values/clock.ts';
import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import pg from 'pg';
import { type Mailbox, openMailbox } from './mailbox.ts';
import { testDatabase } from './testDatabase.ts';

/** Nothing here may depend on how fast a busy machine is. */
export const PATIENCE_MS = 60_000;

export type Answer = {
  status: number;
  headers: Headers;
  data: any;
  errors: { message: string; path?: string[]; extensions: Record<string, any> }[] | undefined;
};

export type TestInstallation = {
  /** Where it listens; elsewhere after a restart. */
  readonly url: string;
  /** Behind the gateway: to set the scene, never to prove what a person can do. */
  readonly subgraphs: LocalSubgraphs;
  mailbox: Mailbox;
  /** The owner of every table, to look behind the policies. */
  admin: pg.Client;
  adminUrl: string;
  /** The second role of each subgraph. */
  systemUrls: Record<SubgraphName, string>;
  secrets: Secrets;
  /** The file outside the database for the heads of the sealed ledger. */
  ledgerHeads: string;
  /** Sends one operation over HTTP, as the bearer of the token (an access token or an API key) or as no one. */
  ask(
    query: string,
    variables?: Record<string, unknown>,
    token?: string | null,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /**
   * The data statements by the role of requests since the last call, by subgraph; transaction control and background
   * work are left out. They are kept from the first call on.
   */
  statements(): Record<string, string[]>;
  /** Stops the product and starts it anew on the same database. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

export type TestInstallationOptions = {
  /** Where it logs to, for a test that reads it. */
  log?: Log;
  /** The clock of business; left out, the machine's. */
  clock?: Clock;
  /** Fills the empty database before the product opens on it. `home` is a folder of the installation's own. */
  prepare?: (options: InstallationOptions & { home: string }) => Promise<unknown>;
};

/** The whole product in this process on a database of its own, over real HTTP and SMTP. */
export async function openTestInstallation({
  log = createLog('story', { level: process.env.TEST_LOG_LEVEL ?? 'fatal' }),
  clock,
  prepare,
}: TestInstallationOptions = {}): Promise<TestInstallation> {
  const home = await mkdtemp(join(tmpdir(), 'comptoir-story-'));
  const [database, mailbox, secrets] = await Promise.all([testDatabase(), openMailbox(), installationSecrets(home)]);
  const ledgerHeads = join(home, 'ledger-heads.jsonl');
  let seen: [SubgraphName, string][] | null = null;
  const options: InstallationOptions = {
    databaseUrls: database.urls,
    secrets,
    mail: { smtpUrl: mailbox.smtpUrl, from: 'Comptoir <no-reply@comptoir.localhost>' },
    publicUrl: 'http://comptoir.localhost',
    ledgerHeads,
    log,
    ...(clock === undefined ? {} : { clock }),
    poolSize: { request: 8, system: 4, waitMs: PATIENCE_MS },
    // What a busy machine takes long for is no outage here.
    gateway: { subgraphTimeoutMs: PATIENCE_MS },
    onStatement: (subgraph, sql, role) => role === 'request' && seen?.push([subgraph, sql]),
  };
  await prepare?.({ ...options, home });
  const open = async () => {
    const installation = await openInstallation(options);
    return { ...installation, url: await installation.gateway.listen(0, '127.0.0.1') };
  };
  let running = await open();
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();

  return {
    get url() {
      return running.url;
    },
    get subgraphs() {
      return running.subgraphs;
    },
    secrets,
    ledgerHeads,
    mailbox,
    admin,
    adminUrl: database.adminUrl,
    systemUrls: Object.fromEntries(Object.entries(database.urls).map(([name, { system }]) => [name, system])) as Record<
      SubgraphName,
      string
    >,
    async ask(query, variables = {}, token = null, headers = {}) {
      const response = await fetch(`${running.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-request-id': newId(),
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const { data, errors } = (await response.json()) as Pick<Answer, 'data' | 'errors'>;
      return { status: response.status, headers: response.headers, data, errors };
    },
    statements() {
      const data = (seen ?? []).filter(([, sql]) => !/^\s*(begin|commit|rollback)/i.test(sql));
      seen = [];
      return Object.fromEntries(
        Map.groupBy(data, ([subgraph]) => subgraph)
          .entries()
          .map(([subgraph, list]) => [subgraph, list.map(([, sql]) => sql)]),
      );
    },
    async restart() {
      await running.stop();
      running = await open();
    },
    async stop() {
      await running.stop();
      await Promise.all([admin.end(), mailbox.stop()]);
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
