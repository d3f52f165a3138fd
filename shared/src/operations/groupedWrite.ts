import type { DataSource, EntityManager } from 'typeorm';
import { type TrailEntry, trailSql } from '../audit/trail.ts';
import { groupCommit } from '../concurrency/groupCommit.ts';
import { type CommitWith, inTransaction } from '../database/transaction.ts';
import { isOutage, unavailable } from '../protocol/errors.ts';
import { Refusal } from '../values/refusal.ts';
import type { Viewer } from '../viewer/viewer.ts';

/**
 * A write that concurrent requests of one viewer do in one transaction: a script that sends events one by one, many at
 * once, pays the way to the database and the commit once for many. Each request has its own row of the trail and its
 * own answer.
 */
type Write<Item, Result> = {
  /**
   * Does it for all, in their order, within the viewer's rows. A Refusal rolls everything back; of several, each is
   * then tried alone. Begins with statements that only read or lock (`How.pipelineBegin`).
   */
  work(tx: EntityManager, items: readonly Item[], now: Date): Promise<Outcome<Result> | CommitWith<Outcome<Result>>>;
  weight(item: Item): number;
  /** Two that share a key are never in one transaction. */
  keys(item: Item): Iterable<string>;
  /** The most weight in one transaction. */
  maxWeight: number;
  /** From this weight on an item has its own transaction at once. */
  aloneFrom: number;
};
type Outcome<Result> = readonly Result[] | Refusal;

/** One request's part: where, what it wants, who asks and when, and what the trail is to say of the result. */
export type WritePart<Item, Result> = {
  database: DataSource;
  item: Item;
  viewer: Viewer;
  now: Date;
  entryOf(result: Result | null): TrailEntry | null;
};

/** Does one request's part, with those of others that wait. Throws what `work` throws for it alone. */
export type GroupedWrite<Item, Result> = (part: WritePart<Item, Result>) => Promise<Result | Refusal>;

/** More than a busy process has at once; anyone who comes then is told to come back. */
const MAX_WAITING = 10_000;
const MAX_WAIT_MS = 10_000;

/** Says that the whole transaction was refused, so that each part is tried alone. */
class AllRefused extends Error {}

/**
 * Everything that policies and rules know of a viewer: two requests of which only the id differs may share a
 * transaction.
 */
const scopeOf = (viewer: Viewer): string => JSON.stringify({ ...viewer, requestId: '' });

/** Makes a write that requests of one viewer share; for `Context.groupCommit`. */
export function groupedWrite<Item, Result>(write: Write<Item, Result>): GroupedWrite<Item, Result> {
  const together = groupCommit<WritePart<Item, Result>, Result | Refusal>({
    async run(parts) {
      const [{ database, viewer }] = parts as [WritePart<Item, Result>];
      const now = new Date(Math.max(...parts.map((part) => part.now.getTime())));
      const items = parts.map(({ item }) => item);
      const outcome = await inTransaction(
        database,
        { viewer, now },
        (tx) => write.work(tx, items, now),
        (results) => {
          const done = parts.flatMap((part, at) => {
            const entry = part.entryOf((results as readonly Result[] | null)?.[at] ?? null);
            return entry === null ? [] : [{ entry, viewer: part.viewer, now: part.now }];
          });
          return done.length === 0 ? null : trailSql(done);
        },
        { pipelineBegin: true },
      );
      if (!(outcome instanceof Refusal)) return outcome;
      if (parts.length > 1) throw new AllRefused(outcome.message);
      return [outcome];
    },
    weight: ({ item }) => write.weight(item),
    keys: ({ item }) => write.keys(item),
    maxWeight: write.maxWeight,
    aloneFrom: write.aloneFrom,
    maxWaiting: MAX_WAITING,
    maxWaitMs: MAX_WAIT_MS,
    busy: () => unavailable('Too much is waiting to be written.'),
    separates: (error) => error instanceof AllRefused || !isOutage(error),
  });
  return (part) => together(part, { owner: part.database, name: scopeOf(part.viewer) });
}
