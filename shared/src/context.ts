import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { CallService } from './services.ts';
import { inTransaction, type ReadTransaction, readTransaction } from './transaction.ts';
import type { Viewer } from './viewer.ts';

/** What every resolver of a subgraph gets. One is made per operation and ended with it. */
export type Context<Loaders> = {
  viewer: Viewer;
  log: Log;
  /** The instant of this operation by the installation's clock: rules get it as an argument. */
  now: Date;
  clock: Clock;
  /** Reads within the viewer's rows, in one snapshot per operation (per mutation field: see `write`). */
  read: ReadTransaction['read'];
  /**
   * One mutation's transaction, within the viewer's rows. What the payload selects afterwards is read afresh: the snapshot and the loaders
   * of the operation so far are dropped.
   */
  write<T>(work: (tx: EntityManager) => Promise<T>): Promise<T>;
  /**
   * A transaction under the subgraph's second role, which sees every row. Only for what happens before anyone is known, for jobs and for
   * internal operations; `reason` names the use and is logged.
   */
  system<T>(reason: string, work: (tx: EntityManager) => Promise<T>): Promise<T>;
  /** Calls an internal operation of another subgraph as this service. Never inside a transaction. */
  call: CallService;
  readonly loaders: Loaders;
  end(): Promise<void>;
};

export type ContextParts<Loaders> = {
  database: DataSource;
  systemDatabase: DataSource;
  clock: Clock;
  log: Log;
  call: CallService;
  makeLoaders: (context: Pick<Context<Loaders>, 'read' | 'viewer' | 'now' | 'call'>) => Loaders;
};

export function createContext<Loaders>(parts: ContextParts<Loaders>, viewer: Viewer): Context<Loaders> {
  const log = parts.log.child({ requestId: viewer.requestId });
  const now = parts.clock.now();
  const scope = { viewer, now };
  const reading = readTransaction(parts.database, () => scope);
  let loaders: Loaders | null = null;

  const context: Context<Loaders> = {
    viewer,
    log,
    now,
    clock: parts.clock,
    read: reading.read,
    call: parts.call,
    async write(work) {
      await reading.end();
      loaders = null;
      return await inTransaction(parts.database, scope, work);
    },
    async system(reason, work) {
      log.debug({ reason }, 'system role');
      await reading.end();
      loaders = null;
      return await inTransaction(parts.systemDatabase, scope, work);
    },
    get loaders() {
      loaders ??= parts.makeLoaders(context);
      return loaders;
    },
    end: reading.end,
  };
  return context;
}
