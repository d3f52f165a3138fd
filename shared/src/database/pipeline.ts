import type { Writable } from 'node:stream';
import type pg from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';

export type Statement = { sql: string; values: readonly unknown[] };

// biome-ignore lint/suspicious/noExplicitAny: as from `tx.query`: whoever wrote the statement knows its rows.
export type Rows = any[];

/**
 * Sends several statements to PostgreSQL in one go and gives the rows of each. They run one after the other, each with
 * a snapshot of its own, as if the answer to one had been waited for before the next was sent: what is read behind a
 * statement that locks stays true until the commit. When one fails those behind it do nothing, and its error is thrown:
 * the transaction is over.
 */
export async function pipelineQueries(tx: EntityManager, statements: readonly Statement[]): Promise<Rows[]> {
  const runner = tx.queryRunner;
  if (runner === undefined) throw new Error('Statements go together in a transaction only.');
  return await send(runner, await pipelined(runner), statements);
}

/**
 * As `pipelineQueries`, with the transaction's COMMIT behind the statements. `command` is what PostgreSQL answered to
 * that.
 */
export async function withCommit(
  runner: QueryRunner,
  statements: readonly Statement[],
  commit: string,
): Promise<{ rows: Rows[]; command: string }> {
  const client = await pipelined(runner);
  const sent = send(runner, client, statements);
  const ended: Promise<pg.QueryResult | pg.QueryResult[]> = client.query(commit);
  // It fails, too, when one before it did, whose error is thrown.
  ended.catch(() => undefined);
  const rows = await sent;
  const { command } = [await ended].flat().at(-1) as pg.QueryResult;
  return { rows, command };
}

/**
 * The connection of a transaction, on which a statement may follow another without waiting for its answer. What is
 * written to it before anything else happens leaves in one piece: one call into the system, and PostgreSQL wakes up
 * once.
 */
export async function pipelined(runner: QueryRunner): Promise<pg.PoolClient> {
  const client: pg.PoolClient = await runner.connect();
  if (!client.pipeline) Object.assign(client, { pipeline: true });
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
  return client;
}

/** Past TypeORM, which would put a wait before each; anyone who counts statements is told of them as by it. */
async function send(runner: QueryRunner, client: pg.PoolClient, statements: readonly Statement[]): Promise<Rows[]> {
  const { logger } = runner.dataSource;
  const sent = statements.map(({ sql, values }) => {
    logger.logQuery(sql, [...values], runner);
    return client.query(sql, [...values]);
  });
  // All are waited for: nothing is under way any more when the error of the first that failed is thrown.
  const answers = await Promise.allSettled(sent);
  return answers.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value.rows;
  });
}
