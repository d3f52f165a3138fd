import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import type { DataSource, EntitySchema } from 'typeorm';
import { openDatabase } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { createExecutor } from '../execution/executor.ts';
import { type JobContext, type JobHandlers, startWorkers, type Workers } from '../jobs/jobs.ts';
import { type ContextParts, createContext, type OperationContext } from '../operations/context.ts';
import { auditedExecution, trailMutations } from '../operations/trailOperations.ts';
import { guard } from '../permissions/guard.ts';
import type { Permissions } from '../permissions/permissions.ts';
import type { Log } from '../process/log.ts';
import { scalars } from '../protocol/scalars.ts';
import { createCallService, type Services } from '../protocol/services.ts';
import type { LocalSubgraph } from '../protocol/subgraph.ts';
import { type Clock, systemClock } from '../values/clock.ts';
import type { SubgraphName } from '../values/subgraphs.ts';

/** What a subgraph is made of; each has one of these in its `schema.ts`. */
export type SubgraphDefinition<Loaders> = {
  name: SubgraphName;
  /** The folder whose `*.graphql` files, however deep, are the subgraph's SDL. */
  sdlFolder: URL;
  // biome-ignore lint/suspicious/noExplicitAny: typed resolvers meet the looser type of buildSubgraphSchema here, once.
  resolvers: any;
  permissions: Permissions;
  // biome-ignore lint/suspicious/noExplicitAny: TypeORM's EntitySchema is invariant in its row type.
  entities: EntitySchema<any>[];
  makeLoaders: ContextParts<Loaders>['makeLoaders'];
  accountOf?: ContextParts<Loaders>['accountOf'];
  untrailed?: ContextParts<Loaders>['untrailed'];
  /** Handlers of this subgraph's queues; each job gets what it needs to run without a request. */
  jobs: (work: JobContext) => JobHandlers;
  /** Further background work, with a way to stop it. */
  background?: (work: JobContext) => { stop(): Promise<void> };
};

export type SubgraphOptions = {
  databaseUrls: { request: string; system: string };
  /** The other subgraphs, filled in before anything is served. */
  services: Services;
  log: Log;
  clock?: Clock;
  /** Most connections at once under each role, and how long anyone who needs one waits for it. */
  poolSize?: { request: number; system: number; waitMs?: number };
  /**
   * Sees every SQL statement, by the role that sends it: tests count them. Jobs and background work have the system
   * role.
   */
  onStatement?: (sql: string, role: 'request' | 'system') => void;
};

/**
 * Connects, checks the permissions table against the schema, and gives a subgraph that can be asked. Throws when
 * anything is off.
 */
export async function createLocalSubgraph<Loaders>(
  definition: SubgraphDefinition<Loaders>,
  options: SubgraphOptions,
): Promise<LocalSubgraph> {
  const { name } = definition;
  const log = options.log.child({ subgraph: name });
  const sdl = readSdl(definition.sdlFolder);
  const resolvers = { ...trailMutations(definition.resolvers), ...scalars };
  const schema = guard(buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }]), definition.permissions);

  const poolSize = options.poolSize ?? { request: 10, system: 4 };
  const { entities } = definition;
  const { onStatement } = options;
  const open = (role: 'request' | 'system'): Promise<DataSource> =>
    openDatabase({
      url: options.databaseUrls[role],
      name: `${name} ${role}`,
      entities,
      poolSize: poolSize[role],
      waitMs: options.poolSize?.waitMs,
      log,
      onStatement: onStatement && ((sql) => onStatement(sql, role)),
    });
  const database = await open('request');
  const systemDatabase = await open('system');

  const clock = options.clock ?? systemClock;
  const call = createCallService(name, options.services);
  const parts: ContextParts<Loaders> = {
    database,
    systemDatabase,
    clock,
    log,
    call,
    makeLoaders: definition.makeLoaders,
    accountOf: definition.accountOf,
    untrailed: definition.untrailed,
  };
  const executor = auditedExecution(createExecutor<OperationContext<Loaders>>(schema, log));

  let workers: Workers[] = [];
  let running = 0;
  let idle = (): void => undefined;
  let stopped: Promise<void> | null = null;

  return {
    name,
    sdl,
    async execute(request, viewer) {
      const context = createContext(parts, viewer);
      running += 1;
      try {
        return await executor(request, context);
      } finally {
        await context.end();
        running -= 1;
        if (running === 0) idle();
      }
    },
    async ready() {
      await database.query('select 1');
    },
    async startJobs() {
      const work: JobContext = {
        clock,
        log,
        call,
        system: (requestId, unit, how) =>
          inTransaction(
            systemDatabase,
            { viewer: { kind: 'SERVICE', service: name, requestId, address: null }, now: clock.now() },
            unit,
            () => null,
            how,
          ),
      };
      const handlers = definition.jobs(work);
      workers.push(await startWorkers({ url: options.databaseUrls.system, subgraph: name, handlers, log }));
      if (definition.background !== undefined) workers.push(definition.background(work));
    },
    stop() {
      stopped ??= (async () => {
        await Promise.all(workers.map((worker) => worker.stop()));
        workers = [];
        if (running > 0)
          await new Promise<void>((resolve) => {
            idle = resolve;
          });
        await Promise.all([database.destroy(), systemDatabase.destroy()]);
      })();
      return stopped;
    },
  };
}

/** The SDL of a subgraph: what all share, then its own files in the order of their names. */
export function readSdl(folder: URL): string {
  const root = fileURLToPath(folder);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.graphql'))
    .sort();
  const common = readFileSync(new URL('../protocol/common.graphql', import.meta.url), 'utf8');
  return [common, ...files.map((file) => readFileSync(join(root, file), 'utf8'))].join('\n');
}
