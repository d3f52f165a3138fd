import { AsyncLocalStorage } from 'node:async_hooks';
import { createLog } from '@comptoir/shared/process/log.ts';
import type { Services } from '@comptoir/shared/protocol/services.ts';
import type { LocalSubgraph, SubgraphResponse } from '@comptoir/shared/protocol/subgraph.ts';
import { createLocalSubgraph, type SubgraphDefinition } from '@comptoir/shared/service/localSubgraph.ts';
import type { Clock } from '@comptoir/shared/values/clock.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import pg from 'pg';
import { testDatabase } from './testDatabase.ts';

export type SubgraphFixture = {
  subgraph: LocalSubgraph;
  /** Sends one operation as that viewer, straight to the subgraph. */
  execute(query: string, variables: Record<string, unknown>, viewer: Viewer): Promise<SubgraphResponse>;
  /**
   * The data statements of what was asked by `execute`, since the last call; jobs and rounds have theirs when it suits
   * them. Transaction control is left out.
   */
  statements(): string[];
  /** A connection as the owner, past every policy: to look at rows and to hold locks. */
  admin: pg.Client;
  /** For what a test brings about by a store, as the subgraph's second role. */
  systemUrl: string;
  stop(): Promise<void>;
};

/** One subgraph on a database of its own. `services` are what it may call; a clock may be given. */
export async function startSubgraph<Loaders>(
  definition: SubgraphDefinition<Loaders>,
  { services = {}, clock }: { services?: Services; clock?: Clock } = {},
): Promise<SubgraphFixture> {
  const database = await testDatabase();
  let seen: string[] = [];
  const asked = new AsyncLocalStorage<true>();
  const subgraph = await createLocalSubgraph(definition, {
    databaseUrls: database.urls[definition.name],
    services,
    log: createLog('test', { level: process.env.TEST_LOG_LEVEL ?? 'fatal' }),
    clock,
    // Where many ask at once on a busy machine, it is for no test to say how long they queue.
    poolSize: { request: 8, system: 4, waitMs: 60_000 },
    onStatement(sql) {
      if (asked.getStore()) seen.push(sql);
    },
  });
  const admin = new pg.Client({
    connectionString: database.adminUrl,
    options: `-c search_path=${definition.name},access`,
  });
  await admin.connect();
  return {
    subgraph,
    execute: (query, variables, viewer) => asked.run(true, () => subgraph.execute({ query, variables }, viewer)),
    statements() {
      const all = seen.filter((sql) => !/^\s*(begin|commit|rollback)/i.test(sql));
      seen = [];
      return all;
    },
    admin,
    systemUrl: database.urls[definition.name].system,
    async stop() {
      await subgraph.stop();
      await admin.end();
      await database.drop();
    },
  };
}
