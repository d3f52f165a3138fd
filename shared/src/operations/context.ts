import type { DataSource } from 'typeorm';
import {
  accountsIn,
  addToTrail,
  mergeNotes,
  noteOfInput,
  noteOfOutcome,
  type TrailEntry,
  type TrailNote,
  trailSql,
} from '../audit/trail.ts';
import { isPreview, type PreviewTransaction, previewNotPossible, previewTransaction } from '../database/preview.ts';
import {
  type How,
  inTransaction,
  operationIsOver,
  type ReadTransaction,
  readTransaction,
  type Work,
} from '../database/transaction.ts';
import type { Log } from '../process/log.ts';
import type { CallService } from '../protocol/services.ts';
import type { Clock } from '../values/clock.ts';
import { Refusal } from '../values/refusal.ts';
import { isStaff, type Viewer } from '../viewer/viewer.ts';
import type { Shared } from './writeTogether.ts';

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
   * One mutation's transaction, within the viewer's rows. What the payload selects afterwards is read afresh: the
   * snapshot and the loaders of the operation so far are dropped. What a mutation commits carries its row of the audit
   * trail. With a preview-only key (N11) nothing is committed, and the payload is read from what would have been.
   */
  write<T>(work: Work<T>, how?: How): Promise<T>;
  /**
   * This request's part in a transaction with others of the same viewer (`writeTogether`), before it begins: what the
   * payload selects afterwards is read afresh, as after `write`. Not for a preview.
   */
  share(): Promise<Shared>;
  /**
   * A transaction under the subgraph's second role, which sees every row. Only for what happens before anyone is known,
   * for jobs and for internal operations; `reason` names the use and is logged. It carries its row of the audit trail
   * too, unless the step is `untrailed`.
   */
  system<T>(reason: string, work: Work<T>, how?: SystemHow): Promise<T>;
  /**
   * Tells the trail of this mutation what neither viewer, input nor outcome say. Before the transaction that is to
   * carry it.
   */
  note(note: TrailNote): void;
  /** Calls an internal operation of another subgraph as this service. Never inside a transaction. */
  call: CallService;
  readonly loaders: Loaders;
  end(): Promise<void>;
};

/**
 * A step that is `untrailed` writes no row of the trail: it only reads, or another step of the mutation has the row.
 */
export type SystemHow = How & { untrailed?: boolean };

export type ContextParts<Loaders> = {
  database: DataSource;
  systemDatabase: DataSource;
  clock: Clock;
  log: Log;
  call: CallService;
  makeLoaders: (context: Pick<Context<Loaders>, 'read' | 'viewer' | 'now' | 'call'>) => Loaders;
  /** The account that a row is, for subgraphs that have such rows: what staff saw of it is recorded. */
  accountOf?: ((row: Record<string, unknown>) => string | null) | undefined;
  /** Mutations that write no row of the trail; each with a reason where it is named. */
  untrailed?: readonly string[] | undefined;
};

/** One mutation field of an operation, as the trail sees it. */
type Trailed<Loaders> = {
  context: Context<Loaders>;
  /** A rule said no, and nothing remained that could carry the row: it gets a small transaction of its own. */
  refused(code: string, rule: string | null): Promise<void>;
};

/** A context with what only `localSubgraph.ts` needs of it. */
export type OperationContext<Loaders> = Context<Loaders> & {
  forMutation(action: string, args: unknown): Trailed<Loaders>;
  /** Adds rows to the trail in a transaction of their own. */
  record(entries: readonly TrailEntry[]): Promise<void>;
  /** Other accounts whose rows the provider's staff has read in this operation (DESIGN section 3). */
  foreignAccountsRead(): string[];
};

export function createContext<Loaders>(parts: ContextParts<Loaders>, viewer: Viewer): OperationContext<Loaders> {
  const log = parts.log.child({ requestId: viewer.requestId });
  const now = parts.clock.now();
  const scope = { viewer, now };
  const { untrailed = [], accountOf = () => null } = parts;
  const preview = isPreview(viewer);
  const reading = readTransaction(parts.database, () => scope);
  let held: PreviewTransaction | null = null;
  let loaders: Loaders | null = null;
  let isOver = false;
  const seen = new Set<string>();

  const watched: ReadTransaction['read'] = async (work) => {
    const result = await (held === null ? reading.read(work) : held.read(work));
    for (const id of accountsIn(result, accountOf)) seen.add(id);
    return result;
  };
  const read: ReadTransaction['read'] = isStaff(viewer)
    ? watched
    : (work) => (held === null ? reading.read(work) : held.read(work));

  async function afresh(): Promise<void> {
    await reading.end();
    loaders = null;
  }
  const record = async (entries: readonly TrailEntry[]): Promise<void> => {
    if (entries.length === 0) return;
    await inTransaction(parts.systemDatabase, scope, (tx) => addToTrail(tx, entries, viewer, now));
  };
  /** `auditStatement` as for `inTransaction`. Of a preview the row is all that remains. */
  async function run<T>(
    role: 'request' | 'system',
    work: Work<T>,
    how: How | undefined,
    entryOf: (outcome: T | null) => TrailEntry | null,
  ): Promise<T> {
    await afresh();
    if (!preview) {
      const database = role === 'request' ? parts.database : parts.systemDatabase;
      const auditStatement = (outcome: T | null): string | null => {
        const entry = entryOf(outcome);
        return entry === null ? null : trailSql([{ entry, viewer, now }]);
      };
      return await inTransaction(database, scope, work, auditStatement, how);
    }
    const outcome = await tryOut(role, work);
    const entry = outcome instanceof Refusal ? null : entryOf(outcome);
    if (entry !== null) await record([{ ...entry, decision: 'PREVIEWED' }]);
    return outcome;
  }
  async function share(entryOf: Shared['entryOf']): Promise<Shared> {
    if (preview) throw previewNotPossible();
    await afresh();
    return { database: parts.database, viewer, now, entryOf };
  }
  async function tryOut<T>(role: 'request' | 'system', work: Work<T>): Promise<T> {
    if (isOver) throw operationIsOver();
    if (role === 'request') {
      held ??= await previewTransaction(parts.database, scope);
      return await held.write(work);
    }
    // The second role is another connection, which could wait for what is held: its part is taken back at once.
    const alone = await previewTransaction(parts.systemDatabase, scope);
    try {
      return await alone.write(work);
    } finally {
      await alone.end();
    }
  }

  const context: OperationContext<Loaders> = {
    viewer,
    log,
    now,
    clock: parts.clock,
    read,
    call: preview ? callInPreview(parts.call) : parts.call,
    write: (work, how) => run('request', work, how, () => null),
    share: () => share(() => null),
    async system(reason, work, how) {
      log.debug({ reason }, 'system role');
      return await run('system', work, how, () => null);
    },
    note: () => undefined,
    get loaders() {
      loaders ??= parts.makeLoaders(context);
      return loaders;
    },
    async end() {
      isOver = true;
      await reading.close();
      await held?.end();
      held = null;
    },
    forMutation(action, args) {
      const notes: TrailNote[] = [noteOfInput(args)];
      const quiet = untrailed.includes(action);
      const entryOf =
        (step: string | null, { untrailed: isQuiet = false }: SystemHow = {}) =>
        (outcome: unknown): TrailEntry | null => {
          if (quiet || isQuiet || endsInRefusal(outcome)) return null;
          return { decision: 'DONE', action, step, note: mergeNotes(...notes, noteOfOutcome(outcome)) };
        };
      const trailed: Context<Loaders> = Object.assign(Object.create(context), {
        write: <T>(work: Work<T>, how?: How) => run('request', work, how, entryOf(null)),
        share: () => share(entryOf(null)),
        system<T>(reason: string, work: Work<T>, how?: SystemHow) {
          log.debug({ reason }, 'system role');
          return run('system', work, how, entryOf(reason, how));
        },
        note: (note: TrailNote) => void notes.push(note),
      });
      return {
        context: trailed,
        async refused(code, rule) {
          // Whom the input names is not known to exist, or to be any of the caller's business: only the acting account
          // reads of it.
          const note = { ...mergeNotes(...notes), accounts: [] };
          if (!quiet) await record([{ decision: 'REFUSED', action, code, rule, note }]);
        },
      };
    },
    record,
    foreignAccountsRead() {
      const own = viewer.kind === 'PERSON' || viewer.kind === 'KEY' ? viewer.accountId : null;
      return [...seen].filter((id) => id !== own);
    },
  };
  return context;
}

/** Some transactions commit though the answer is no: what they return holds the refusal. */
const endsInRefusal = (outcome: unknown): boolean =>
  typeof outcome === 'object' && outcome !== null && Object.values(outcome).some((value) => value instanceof Refusal);

const callInPreview =
  (call: CallService): CallService =>
  async (to, query, variables, requestId) => {
    if (/^\s*mutation\b/.test(query)) throw previewNotPossible();
    return await call(to, query, variables, requestId);
  };
