import pg from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { Refusal } from './refusal.ts';
import { isStaff, type Viewer } from './viewer.ts';

/** Everything that policies know of a request: who asks, from where, and what time it is. */
export type Scope = { viewer: Viewer; now: Date };

type Mode = 'read' | 'write';

/**
 * One round trip opens a transaction and tells row-level security who is asking. The settings are local to the
 * transaction, so a connection that goes back to the pool carries nobody's identity.
 */
function opening({ viewer, now }: Scope, mode: Mode): string {
  const acting = viewer.kind === 'PERSON' || viewer.kind === 'KEY';
  const settings: Record<string, string> = {
    'app.account': acting ? viewer.accountId : '',
    // A person who has chosen no account yet is known all the same, and sees what is their own.
    'app.user': viewer.kind === 'SERVICE' ? '' : (viewer.userId ?? ''),
    'app.staff': isStaff(viewer) ? 'on' : '',
    'app.address': viewer.address ?? '',
    'app.branches': acting ? arrayText(viewer.branches) : '',
    'app.accounts': acting ? arrayText(viewer.accounts) : '',
    // Who acts behind the person, as JSON: for whoever writes down what was done.
    'app.actors': acting && viewer.actors !== undefined ? JSON.stringify(viewer.actors) : '',
    'app.now': now.toISOString(),
  };
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config('${name}', ${pg.escapeLiteral(value)}, true)`,
  );
  const begin = mode === 'read' ? 'begin isolation level repeatable read read only' : 'begin';
  return `${begin}; select ${calls.join(', ')}`;
}

/** An SQL array of ids; the empty text when there is no limit, which an empty array is not. */
const arrayText = (ids: readonly string[] | undefined): string => (ids === undefined ? '' : `{${ids.join(',')}}`);

export async function begin(database: DataSource, scope: Scope, mode: Mode): Promise<QueryRunner> {
  const runner = database.createQueryRunner();
  try {
    await runner.query(opening(scope, mode));
    // We opened it in our own words, in the same round trip as the settings: TypeORM must know, for its locks.
    Object.assign(runner, { isTransactionActive: true });
    return runner;
  } catch (error) {
    await runner.release();
    throw error;
  }
}

/**
 * PostgreSQL answers COMMIT with ROLLBACK when a statement failed and somebody swallowed the error. That must not pass for success. `last` is a
 * statement that belongs to the transaction and travels with the COMMIT, in one round trip.
 */
async function commit(runner: QueryRunner, last: string | null): Promise<void> {
  const client: pg.PoolClient = await runner.connect();
  const answer: unknown = await client.query(last === null ? 'commit' : `${last}; commit`);
  const { command } = [answer].flat().at(-1) as pg.QueryResult;
  if (command !== 'COMMIT') throw new Error(`The transaction was not committed: PostgreSQL answered ${command}.`);
}

export async function rollback(runner: QueryRunner): Promise<void> {
  try {
    await runner.query('rollback');
  } catch {
    // The connection is gone, and the transaction with it; the pool drops the client.
  }
}

/**
 * TypeORM gives a runner back by itself when its connection breaks, and whoever uses it next gets "already released", which sounds like our bug. It is an
 * outage, and must be told as one.
 */
export function asLost(runner: QueryRunner, error: unknown): unknown {
  return runner.isReleased ? new Error('Connection terminated during a transaction.', { cause: error }) : error;
}

export async function release(runner: QueryRunner): Promise<void> {
  Object.assign(runner, { isTransactionActive: false });
  await runner.release();
}

/**
 * Runs `work` in one READ COMMITTED transaction and commits, unless it returns a `Refusal` or throws: then nothing of it remains.
 * Rows that a decision depends on are to be locked by the store that reads them. `lastWords` gives a statement that is to be part of what is committed.
 */
export async function inTransaction<T>(
  database: DataSource,
  scope: Scope,
  work: (tx: EntityManager) => Promise<T>,
  lastWords: (outcome: T) => string | null = () => null,
): Promise<T> {
  const runner = await begin(database, scope, 'write');
  try {
    const outcome = await work(runner.manager);
    if (outcome instanceof Refusal) await rollback(runner);
    else await commit(runner, lastWords(outcome));
    return outcome;
  } catch (error) {
    const reason = asLost(runner, error);
    await rollback(runner);
    throw reason;
  } finally {
    await release(runner);
  }
}

/** A lazily opened REPEATABLE READ READ ONLY transaction: every read of one fetch sees the same instant. */
export type ReadTransaction = {
  /** Runs a read. Reads queue up: a PostgreSQL connection answers one statement at a time. */
  read<T>(work: (tx: EntityManager) => Promise<T>): Promise<T>;
  /** Ends the transaction, if one was opened, and gives its connection back. The next read opens a new one. */
  end(): Promise<void>;
};

export function readTransaction(database: DataSource, scope: () => Scope): ReadTransaction {
  let runner: Promise<QueryRunner> | null = null;
  let tail: Promise<unknown> = Promise.resolve();
  return {
    read<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
      const result = tail.then(async () => {
        runner ??= begin(database, scope(), 'read');
        const opened = await runner;
        try {
          return await work(opened.manager);
        } catch (error) {
          throw asLost(opened, error);
        }
      });
      tail = result.catch(() => undefined);
      return result;
    },
    async end(): Promise<void> {
      await tail;
      const open = runner;
      runner = null;
      if (open === null) return;
      const opened = await open.catch(() => null);
      if (opened === null) return;
      await rollback(opened);
      await release(opened);
    },
  };
}
