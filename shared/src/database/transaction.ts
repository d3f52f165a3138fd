import pg from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { Refusal } from '../values/refusal.ts';
import { isStaff, type Viewer } from '../viewer/viewer.ts';
import { pipelined, pipelineQueries, type Rows, type Statement, withCommit } from './pipeline.ts';

/** Everything that policies know of a request: who asks, from where, and what time it is. */
export type Scope = { viewer: Viewer; now: Date };

type Mode = 'read' | 'write';

/**
 * Opens a transaction and tells row-level security who is asking. The settings are local to the transaction, so a
 * connection that goes back to the pool carries no one's identity; what would be empty is left unset, which policies
 * read alike.
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
    // Who acts behind the person, as JSON: for anyone who writes down what was done.
    'app.actors': acting && viewer.actors !== undefined ? JSON.stringify(viewer.actors) : '',
    'app.second_factor': acting && (viewer.kind === 'KEY' || viewer.secondFactor === true) ? 'on' : '',
    'app.now': now.toISOString(),
  };
  const calls = Object.entries(settings)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `set_config('${name}', ${pg.escapeLiteral(value)}, true)`);
  const begin = mode === 'read' ? 'begin isolation level repeatable read read only' : 'begin';
  const text = `${begin}; select ${calls.join(', ')}`;
  // PostgreSQL would read up to it, find a text without an end, and begin nothing: what is sent behind would run by
  // itself.
  if (text.includes('\0')) throw new Error('A viewer holds a character that cannot be sent.');
  return text;
}

/** An SQL array of ids; the empty text when there is no limit, which an empty array is not. */
const arrayText = (ids: readonly string[] | undefined): string => (ids === undefined ? '' : `{${ids.join(',')}}`);

/** A transaction that is being opened: statements may be sent at once, behind what opens it. */
export type Opening = {
  runner: QueryRunner;
  /** Rejects when it could not be opened; then whatever was sent behind failed, too. */
  opened: Promise<unknown>;
};

export async function begin(database: DataSource, scope: Scope, mode: Mode): Promise<Opening> {
  const text = opening(scope, mode);
  const runner = database.createQueryRunner();
  try {
    const client = await pipelined(runner);
    // In our own words, with the settings: TypeORM must know, for its locks.
    Object.assign(runner, { isTransactionActive: true });
    const opened = client.query(text);
    // Anyone who waits for it is told; that no one may is no reason to end the process.
    opened.catch(() => undefined);
    return { runner, opened };
  } catch (error) {
    await runner.release();
    throw error;
  }
}

export async function rollback(runner: QueryRunner): Promise<void> {
  try {
    await runner.query('rollback');
  } catch {
    // The connection is gone, and the transaction with it; the pool drops the client.
  }
}

/**
 * TypeORM gives a runner back by itself when its connection breaks, and anyone who uses it next gets "already
 * released", which sounds like our bug. It is an outage, and must be told as one.
 */
export function asLost(runner: QueryRunner, error: unknown): unknown {
  return runner.isReleased ? new Error('Connection terminated during a transaction.', { cause: error }) : error;
}

export async function release(runner: QueryRunner): Promise<void> {
  Object.assign(runner, { isTransactionActive: false });
  await runner.release();
}

/**
 * How a transaction ends whose last statements need no one to look at what they give: they travel with its COMMIT, and
 * `outcome` is told when that is confirmed. What must not be committed has to fail; `refusal` says which of such errors
 * are a rule's "no".
 */
export class CommitWith<T> {
  readonly statements: readonly Statement[];
  readonly outcome: (rows: Rows[]) => T;
  readonly refusal: (error: unknown) => T | null;
  /**
   * The COMMIT need not wait for the disk: another one follows that does, before anybody is told, and PostgreSQL's log
   * is flushed in its order. After a crash either both are there, or this one alone, or none.
   */
  readonly asyncCommit: boolean;
  constructor(
    statements: readonly Statement[],
    outcome: (rows: Rows[]) => T,
    {
      refusal = () => null,
      asyncCommit = false,
    }: { refusal?: (error: unknown) => T | null; asyncCommit?: boolean } = {},
  ) {
    this.statements = statements;
    this.outcome = outcome;
    this.refusal = refusal;
    this.asyncCommit = asyncCommit;
  }
}

export type Work<T> = (tx: EntityManager) => Promise<T | CommitWith<T>>;

export type How = {
  /**
   * The first statements only read or lock, or are one statement that is all there is: they are sent right behind what
   * opens the transaction.
   */
  pipelineBegin?: boolean;
};

/**
 * Runs `work` in one READ COMMITTED transaction and commits, unless it returns a `Refusal` or throws: then nothing of
 * it remains. Rows that a decision depends on are to be locked by the store that reads them. `auditStatement` gives a
 * statement that is to be part of what is committed; of a `CommitWith` it is asked before the outcome is known.
 */
export async function inTransaction<T>(
  database: DataSource,
  scope: Scope,
  work: Work<T>,
  auditStatement: (outcome: T | null) => string | null = () => null,
  { pipelineBegin = false }: How = {},
): Promise<T> {
  const { runner, opened } = await begin(database, scope, 'write');
  let closing: CommitWith<T> | null = null;
  try {
    if (!pipelineBegin) await opened;
    const ending = await work(runner.manager);
    if (!(ending instanceof CommitWith)) {
      await opened;
      if (ending instanceof Refusal) await rollback(runner);
      else await commit(runner, new CommitWith([], () => ending), auditStatement(ending));
      return ending;
    }
    closing = ending;
    // Known to have failed by now, perhaps: nothing is to run outside of it.
    await Promise.race([opened, null]);
    const rows = await commit(runner, closing, auditStatement(null));
    await opened;
    return closing.outcome(rows);
  } catch (error) {
    // Of a transaction that was not opened, that is the reason.
    const reason = await opened.then(
      () => asLost(runner, error),
      (first: unknown) => asLost(runner, first),
    );
    await rollback(runner);
    const refusal = closing?.refusal(reason) ?? null;
    if (refusal !== null) return refusal;
    throw reason;
  } finally {
    await release(runner);
  }
}

/**
 * PostgreSQL answers COMMIT with ROLLBACK when a statement failed and somebody swallowed the error. That must not pass
 * for success. `last` is a statement that belongs to the transaction and travels with the COMMIT, in one round trip.
 */
async function commit<T>(
  runner: QueryRunner,
  { statements, asyncCommit }: CommitWith<T>,
  last: string | null,
): Promise<Rows[]> {
  const parts = [asyncCommit ? 'set local synchronous_commit = off' : null, last, 'commit'];
  const { rows, command } = await withCommit(runner, statements, parts.filter((part) => part !== null).join('; '));
  if (command !== 'COMMIT') throw new Error(`The transaction was not committed: PostgreSQL answered ${command}.`);
  return rows;
}

/** Ends work within a transaction that is not committed: what would have come of it. */
export async function closeWithin<T>(tx: EntityManager, ending: T | CommitWith<T>): Promise<T> {
  return ending instanceof CommitWith ? ending.outcome(await pipelineQueries(tx, ending.statements)) : ending;
}

/** The error of what still wants the database when its operation has been answered. */
export const operationIsOver = (): Error => new Error('The operation is over: nothing is read or written for it.');

/** A lazily opened REPEATABLE READ READ ONLY transaction: every read of one fetch sees the same instant. */
export type ReadTransaction = {
  /** Runs a read. Reads queue up: a PostgreSQL connection answers one statement at a time. */
  read<T>(work: (tx: EntityManager) => Promise<T>): Promise<T>;
  /** Ends the transaction, if one was opened, and gives its connection back. The next read opens a new one. */
  end(): Promise<void>;
  /** As `end`, for good: what would read afterwards is refused, for no one would give its connection back. */
  close(): Promise<void>;
};

export function readTransaction(database: DataSource, scope: () => Scope): ReadTransaction {
  let opening: Promise<Opening> | null = null;
  let tail: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  async function end(): Promise<void> {
    await tail;
    const open = opening;
    opening = null;
    if (open === null) return;
    const begun = await open.catch(() => null);
    if (begun === null) return;
    await rollback(begun.runner);
    await release(begun.runner);
  }

  return {
    read<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
      if (isClosed) return Promise.reject(operationIsOver());
      const result = tail.then(async () => {
        opening ??= begin(database, scope(), 'read');
        const { runner, opened } = await opening;
        try {
          const [result] = await Promise.all([work(runner.manager), opened]);
          return result;
        } catch (error) {
          throw await opened.then(
            () => asLost(runner, error),
            (first: unknown) => asLost(runner, first),
          );
        }
      });
      tail = result.catch(() => undefined);
      return result;
    },
    end,
    async close(): Promise<void> {
      isClosed = true;
      await end();
    },
  };
}
