import { DataSource, type EntitySchema, type Logger } from 'typeorm';
import type { Log } from './log.ts';

export type DatabaseOptions = {
  url: string;
  /** Shown in pg_stat_activity. */
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: TypeORM's EntitySchema is invariant in its row type.
  entities: EntitySchema<any>[];
  /** Most connections at once. The sum over all pools of an installation stays under PostgreSQL's limit of 100. */
  poolSize: number;
  log: Log;
  /** Sees every statement: tests count them. */
  onStatement?: ((sql: string) => void) | undefined;
};

/**
 * Opens a pool on one database role. Every wait has an end: for a connection (2 s), for a statement (5 s), for a lock (3 s), and a
 * transaction that idles for 10 s is ended by the server. A connection that breaks while idle is logged and replaced.
 */
export async function openDatabase({
  url,
  name,
  entities,
  poolSize,
  log,
  onStatement,
}: DatabaseOptions): Promise<DataSource> {
  const database = new DataSource({
    type: 'postgres',
    url,
    entities,
    poolSize,
    synchronize: false,
    logging: false,
    ...(onStatement === undefined ? {} : { logger: statementLogger(onStatement) }),
    installExtensions: false,
    connectTimeoutMS: 2_000,
    poolErrorHandler: (error: unknown) => log.warn({ err: error }, 'an idle database connection broke'),
    extra: {
      application_name: name,
      statement_timeout: 5_000,
      lock_timeout: 3_000,
      idle_in_transaction_session_timeout: 10_000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
    },
  });
  return await database.initialize();
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
