import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalSubgraphs, openInstallation } from '@comptoir/launch/installation/installation.ts';
import { installationSecrets } from '@comptoir/launch/installation/secrets.ts';
import { createLog, type Log } from '@comptoir/shared/process/log.ts';
import type { Clock } from '@comptoir/shared/values/clock.ts';
import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import pg from 'pg';
import { type Mailbox, openMailbox } from './mailbox.ts';
import { testDatabase } from './testDatabase.ts';

export type Answer = {
  status: number;
  headers: Headers;
  data: any;
  errors: { message: string; path?: string[]; extensions: Record<string, any> }[] | undefined;
};

export type TestInstallation = {
  url: string;
  /** Behind the gateway: to set the scene, never to prove what a person can do. */
  subgraphs: LocalSubgraphs;
  mailbox: Mailbox;
  /** The owner of every table, to look behind the policies. */
  admin: pg.Client;
  adminUrl: string;
  /** The second role of each subgraph. */
  systemUrls: Record<SubgraphName, string>;
  /** Sends one operation over HTTP, as the bearer of the token (an access token or an API key) or as nobody. */
  ask(
    query: string,
    variables?: Record<string, unknown>,
    token?: string | null,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** The data statements by the role of requests since the last call, by subgraph; transaction control and background work are left out. */
  statements(): Record<string, string[]>;
  stop(): Promise<void>;
};

/** The whole product in this process on a database of its own, over real HTTP and SMTP. `log` is where it logs to, for a test that reads it. */
export async function openTestInstallation({
  log = createLog('story', { level: process.env.TEST_LOG_LEVEL ?? 'fatal' }),
  clock,
}: {
  log?: Log;
  /** The clock of business; left out, the machine's. */
  clock?: Clock;
} = {}): Promise<TestInstallation> {
  const home = await mkdtemp(join(tmpdir(), 'comptoir-story-'));
  const [database, mailbox, secrets] = await Promise.all([testDatabase(), openMailbox(), installationSecrets(home)]);
  let seen: [SubgraphName, string][] = [];
  const installation = await openInstallation({
    databaseUrls: database.urls,
    secrets,
    mail: { smtpUrl: mailbox.smtpUrl, from: 'Comptoir <no-reply@comptoir.localhost>' },
    publicUrl: 'http://comptoir.localhost',
    log,
    ...(clock === undefined ? {} : { clock }),
    poolSize: { request: 8, system: 4, waitMs: 60_000 },
    // What a busy machine takes long for is no outage here.
    gateway: { subgraphTimeoutMs: 60_000 },
    onStatement: (subgraph, sql, role) => role === 'request' && seen.push([subgraph, sql]),
  });
  const url = await installation.gateway.listen(0, '127.0.0.1');
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();

  return {
    url,
    subgraphs: installation.subgraphs,
    mailbox,
    admin,
    adminUrl: database.adminUrl,
    systemUrls: Object.fromEntries(Object.entries(database.urls).map(([name, { system }]) => [name, system])) as Record<
      SubgraphName,
      string
    >,
    async ask(query, variables = {}, token = null, headers = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-request-id': newId(),
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(60_000),
      });
      const { data, errors } = (await response.json()) as Pick<Answer, 'data' | 'errors'>;
      return { status: response.status, headers: response.headers, data, errors };
    },
    statements() {
      const data = seen.filter(([, sql]) => !/^\s*(begin|commit|rollback)/i.test(sql));
      seen = [];
      return Object.fromEntries(
        Map.groupBy(data, ([subgraph]) => subgraph)
          .entries()
          .map(([subgraph, list]) => [subgraph, list.map(([, sql]) => sql)]),
      );
    },
    async stop() {
      await installation.stop();
      await Promise.all([admin.end(), mailbox.stop()]);
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
