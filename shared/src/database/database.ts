import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { DataSource, type EntitySchema, type Logger } from 'typeorm';
import type { Log } from '../process/log.ts';
import { isOutage } from '../protocol/errors.ts';
import { readInstant, TIMESTAMPTZ } from '../values/instant.ts';
import { xidColumn } from './columns.ts';

export type DatabaseOptions = {
  url: string;
  /** Shown in pg_stat_activity. */
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: TypeORM's EntitySchema is invariant in its row type.
  entities: EntitySchema<any>[];
  /** Most connections at once. The sum over all pools of an installation stays under PostgreSQL's limit of 100. */
  poolSize: number;
  /**
   * How long anyone who needs a connection waits for one; left out, 2 s. Every other wait is longer by its own measure.
   */
  waitMs?: number | undefined;
  log: Log;
  /** Sees every statement: tests count them. */
  onStatement?: ((sql: string) => void) | undefined;
};

/**
 * Opens a pool on one database role. Every wait has an end: for a connection (2 s), for a statement (5 s), for a lock
 * (3 s), and a transaction that idles for 10 s is ended by the server. A connection that breaks while idle is logged
 * and replaced. A server that cannot be reached yet is waited for, 15 s at most.
 */
export async function openDatabase({
  url,
  name,
  entities,
  poolSize,
  waitMs = 2_000,
  log,
  onStatement,
}: DatabaseOptions): Promise<DataSource> {
  const database = new DataSource({
    type: 'postgres',
    driver: preparingDriver,
    url,
    entities,
    poolSize,
    synchronize: false,
    logging: false,
    ...(onStatement === undefined ? {} : { logger: statementLogger(onStatement) }),
    installExtensions: false,
    // Without a value a condition would be left out, and find, change or delete anything: anyone who means NULL says
    // so.
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    connectTimeoutMS: waitMs,
    poolErrorHandler: (error: unknown) => log.warn({ err: error }, 'an idle database connection broke'),
    extra: {
      application_name: name,
      // Our reads go by a key or along an index in its order. The planner takes the conditions of row-level security
      // for far more selective than they are, and would rather collect and sort all rows of an account to give its
      // first page: 35 ms instead of a quarter of one on a list of 100,000.
      options: '-c enable_bitmapscan=off',
      lock_timeout: waitMs + 1_000,
      statement_timeout: waitMs + 3_000,
      idle_in_transaction_session_timeout: waitMs + 8_000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
    },
  });
  database.driver.supportedDataTypes.push(xidColumn.type);
  await untilReachable(url, log);
  return await database.initialize();
}

/** How long a database that is only just coming up, or very busy, is waited for when a process starts. */
const UP_WITHIN_MS = 15_000;

/**
 * Resolves when the server lets us in. By a connection of its own: TypeORM would leave a pool behind with each attempt
 * that fails.
 */
async function untilReachable(url: string, log: Log): Promise<void> {
  const deadline = performance.now() + UP_WITHIN_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    // What breaks it is told by `connect`, too.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return;
    } catch (error) {
      if (!isOutage(error) || performance.now() > deadline) throw error;
      log.warn({ err: error }, 'waiting for the database');
      await pause(250);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function statementLogger(onStatement: (sql: string) => void): Logger {
  const ignore = (): void => undefined;
  return {
    logQuery: (sql) => onStatement(sql),
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  };
}

/** Most statements that one connection keeps prepared. Ours are fewer; texts beyond that are planned each time. */
const MAX_PREPARED = 300;
const names = new Map<string, string>();

/**
 * The name under which a statement is prepared: the same in every connection and process; null once there are too many.
 */
function nameOf(text: string): string | null {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= MAX_PREPARED) return null;
  const name = createHash('sha1').update(text).digest('base64url');
  names.set(text, name);
  return name;
}

/** Half of a surrogate pair would be written as another character: no text is ever altered. */
const isAltered = (value: unknown): boolean =>
  typeof value === 'string' ? !value.isWellFormed() : Array.isArray(value) && value.some(isAltered);

/**
 * What PostgreSQL refuses, with its transaction, as it refuses NUL; a refusal of ours could not end what follows on the
 * wire.
 */
const refusable = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(refusable);
  return isAltered(value) ? '\0' : value;
};

/**
 * A client that prepares every statement that has parameters: it is parsed once per connection, and PostgreSQL keeps
 * its plan where that is as good as a new one. Planning is most of what our small statements cost.
 */
class PreparingClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg overloads `query` in a dozen ways; only the plain one is changed.
  override query(...args: any[]): any {
    const [text, given, ...rest] = args;
    const values = Array.isArray(given) && given.some(isAltered) ? given.map(refusable) : given;
    if (typeof text === 'string' && Array.isArray(values) && values.length > 0) {
      const name = nameOf(text);
      if (name !== null) return super.query({ name, text, values }, ...rest);
    }
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    return (super.query as any)(...(args.length > 1 ? [text, values, ...rest] : args));
  }
}

/**
 * PostgreSQL's own numbers of the types that are read otherwise than by the library: amounts are never rounded, nor
 * texts.
 */
const READERS = new Map<number, (text: string) => unknown>([
  [TIMESTAMPTZ, readInstant],
  [pg.types.builtins.INT8, BigInt],
  // A day has no instant: `2026-11-30`.
  [pg.types.builtins.DATE, (text) => text],
]);

const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : READERS.get(oid)) ?? pg.types.getTypeParser(oid, format),
} as pg.CustomTypesConfig;

const preparingDriver = {
  ...pg,
  Pool: class extends pg.Pool {
    constructor(config?: pg.PoolConfig) {
      super({ ...config, types, Client: PreparingClient } as pg.PoolConfig);
    }
  },
};
