import type { DataSource, EntityManager } from 'typeorm';
import { type TrailEntry, trailSql } from '../audit/trail.ts';
import { type CommitWith, inTransaction } from '../database/transaction.ts';
import { isOutage, unavailable } from '../protocol/errors.ts';
import { Refusal } from '../values/refusal.ts';
import type { Viewer } from '../viewer/viewer.ts';
import { gatherer } from './gather.ts';

/**
 * A write that concurrent requests of one viewer do in one transaction: a script that sends events one by one, many at
 * once, pays the way to the database and the commit once for many. Each request has its own row of the trail and its
 * own answer.
 */
export type GroupCommit<Item, Result, Done> = {
  /**
   * Does it for all, in their order, within the viewer's rows. A Refusal rolls everything back; of several, each is
   * then tried alone. Begins with statements that only read or lock (`How.pipelineBegin`).
   */
  work(
    tx: EntityManager,
    items: readonly Item[],
    now: Date,
  ): Promise<readonly Result[] | Refusal | CommitWith<readonly Result[] | Refusal>>;
  weight(item: Item): number;
  /** Two that share a key are never in one transaction. */
  keys(item: Item): Iterable<string>;
  /** The most weight in one transaction. */
  most: number;
  /**
   * What follows the commit, for all of them, and what each is answered with; throws nothing. Those that come meanwhile
   * are the next to go together, after this: the fewer and larger the transactions are, the less each costs.
   */
  after(items: readonly Item[], results: readonly Result[]): Promise<readonly Done[]>;
};

/** One request's part: what it wants, who asks and when, and what the trail is to say of the result. */
type Part<Item, Result> = {
  item: Item;
  viewer: Viewer;
  now: Date;
  entryOf(result: Result | null): TrailEntry | null;
};

/** More than a busy process has at once; whoever comes then is told to come back. */
const MAX_WAITING = 10_000;
const MAX_WAIT_MS = 10_000;

/** Says that the whole transaction was refused, so that each part is tried alone. */
class BatchRefused extends Error {}

// biome-ignore lint/suspicious/noExplicitAny: one map for all kinds; `groupCommit` gives them their types back.
type Gatherers = Map<string, (part: Part<any, any>) => Promise<any>>;
const gatherers = new WeakMap<DataSource, WeakMap<object, Gatherers>>();

/**
 * Everything that policies and rules know of a viewer: two requests of which only the id differs may share a
 * transaction.
 */
const scopeOf = (viewer: Viewer): string => JSON.stringify({ ...viewer, requestId: '' });

/**
 * Does one request's part, with those of other requests of the same viewer that wait at the same time. Throws what
 * `work` throws for it alone.
 */
export async function groupCommit<Item, Result, Done>(
  database: DataSource,
  write: GroupCommit<Item, Result, Done>,
  part: Part<Item, Result>,
): Promise<Done | Refusal> {
  const ofDatabase = gatherers.get(database) ?? new WeakMap<object, Gatherers>();
  gatherers.set(database, ofDatabase);
  const ofWrite: Gatherers = ofDatabase.get(write) ?? new Map();
  ofDatabase.set(write, ofWrite);
  const scope = scopeOf(part.viewer);
  const gather = ofWrite.get(scope) ?? makeGatherer(database, write, () => void ofWrite.delete(scope));
  ofWrite.set(scope, gather);
  return await gather(part);
}

function makeGatherer<Item, Result, Done>(
  database: DataSource,
  write: GroupCommit<Item, Result, Done>,
  idle: () => void,
) {
  return gatherer<Part<Item, Result>, Done | Refusal>(
    {
      async run(parts) {
        const [{ viewer }] = parts as [Part<Item, Result>];
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
        if (!(outcome instanceof Refusal)) return await write.after(items, outcome);
        if (parts.length > 1) throw new BatchRefused(outcome.message);
        return [outcome];
      },
      weight: ({ item }) => write.weight(item),
      keys: ({ item }) => write.keys(item),
      most: write.most,
      mostWaiting: MAX_WAITING,
      longestWaitMs: MAX_WAIT_MS,
      busy: () => unavailable('Too much is waiting to be written.'),
      separates: (error) => error instanceof BatchRefused || !isOutage(error),
    },
    idle,
  );
}
