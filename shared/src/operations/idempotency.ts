import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { columnsOf } from '../database/columns.ts';
import { canonical } from '../values/canonical.ts';
import { Refusal } from '../values/refusal.ts';
import { isStorable } from '../values/text.ts';
import type { Context } from './context.ts';
import { IdempotencyKeyTable } from './idempotencyTable.ts';

export type KeyRefusal = Refusal<'IDEMPOTENCY_KEY_NOT_READABLE' | 'IDEMPOTENCY_KEY_REUSED'>;

/**
 * What a mutation does under an idempotency key. Keys are per account: `accountId` is the one whose people chose the
 * key.
 */
export type Keyed = { accountId: string; key: string; mutation: string; input: object; now: Date };

/**
 * What is remembered of a key: the answer, or null while what its mutation waits for is under way (the payment of a
 * quote).
 */
export type Remembered<Answer> = { answer: Answer | null };

/**
 * Where the keys of a subgraph are looked for. `pending` is a statement that gives `input_hash` and null for a key ($1
 * account, $2 key) whose answer is not there yet; null where a subgraph has none.
 */
export function idempotencyKeys(pending: string | null) {
  /**
   * What is known of a key, without a lock: null when nothing is. Refuses a key that cannot be read, and one that was
   * used with another input.
   */
  async function look<Answer extends object>(
    tx: EntityManager,
    keyed: Keyed,
  ): Promise<Remembered<Answer> | KeyRefusal | null> {
    const { accountId, key } = keyed;
    const [known]: { inputHash: Buffer; answer: Answer | null }[] = await tx.query(
      `select ${columnsOf(IdempotencyKeyTable, 'k', ['inputHash', 'answer'])} from idempotency_key k where k.account_id = $1 and k.key = $2
       ${pending === null ? '' : `union all ${pending}`}`,
      [accountId, key],
    );
    if (known === undefined) return null;
    if (known.inputHash.equals(hashOf(keyed))) return { answer: known.answer };
    return new Refusal(
      'IDEMPOTENCY_KEY_REUSED',
      'This key was used with another input. Choose a new key for a new intention.',
      FIELD,
    );
  }

  /**
   * Locks the key until the commit and tells what is known of it: null when nothing is. Looked at before any balance.
   * Several at once wait for each other. Refuses as `look`.
   */
  async function recall<Answer extends object>(
    tx: EntityManager,
    keyed: Keyed,
  ): Promise<Remembered<Answer> | KeyRefusal | null> {
    if (!isReadable(keyed.key)) return notReadable();
    await tx.query(`select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))`, [keyed.accountId, keyed.key]);
    return await look(tx, keyed);
  }

  /**
   * Does a mutation's work once per key. The first time it runs `work` and remembers the answer in the same
   * transaction; again with the same input, it gives that answer without running anything; with another input, it
   * refuses. A refusal of the work itself is not remembered.
   */
  async function once<Outcome extends object>(
    tx: EntityManager,
    keyed: Keyed,
    work: () => Promise<Outcome>,
  ): Promise<Outcome | KeyRefusal> {
    const known = await recall<Outcome>(tx, keyed);
    if (known instanceof Refusal) return known;
    if (known?.answer != null) return known.answer;
    const answer = await work();
    if (answer instanceof Refusal) return answer;
    await remember(tx, { ...keyed, hash: hashOf(keyed) }, answer);
    return answer;
  }

  /**
   * Does a mutation's work once for a key that may be left out. What an intention was answered before is looked for
   * first of all, so that nothing that has changed since (a branch that was archived, an expiry that has passed) turns
   * the answer into a refusal. Otherwise `work` runs, and does in one transaction what it hands to `once`; there the
   * key is locked, and what is `kept` of the outcome is remembered with it: ids, never a secret. A refusal is not
   * remembered. Returns the outcome, or what is `shown` of an answer that was remembered.
   */
  async function onceForKey<Done extends object, Kept extends object, Shown, Outcome>(
    ctx: Asking,
    intention: Intention,
    { kept, shown }: Answers<Done, Kept, Shown>,
    work: (once: OnceIn<Done, Kept>) => Promise<Outcome>,
  ): Promise<Exclude<Outcome, Again<Kept>> | Shown | KeyRefusal> {
    const keyed = keyedBy(ctx, intention);
    const before = keyed === null ? null : await answered<Kept>(ctx, keyed);
    const once: OnceIn<Done, Kept> = (tx, run) => (keyed === null ? run() : rememberOnce(tx, keyed, kept, run));
    const outcome = before ?? (await work(once));
    return outcome instanceof Again ? await shown(outcome.answer) : (outcome as Exclude<Outcome, Again<Kept>>);
  }

  /** What is known of a key, before anything is looked at or locked; null when nothing is. */
  async function answered<Kept extends object>(ctx: Asking, keyed: Keyed): Promise<Again<Kept> | KeyRefusal | null> {
    if (!isReadable(keyed.key)) return notReadable();
    const known = await ctx.read((tx) => look<Kept>(tx, keyed));
    return known instanceof Refusal ? known : known?.answer == null ? null : new Again(known.answer);
  }

  async function rememberOnce<Done extends object, Kept extends object, Result extends Done | Refusal>(
    tx: EntityManager,
    keyed: Keyed,
    kept: (done: Done) => Kept,
    run: () => Promise<Result>,
  ): Promise<Result | Again<Kept> | KeyRefusal> {
    const known = await recall<Kept>(tx, keyed);
    if (known instanceof Refusal) return known;
    if (known?.answer != null) return new Again(known.answer);
    const outcome = await run();
    if (outcome instanceof Refusal) return outcome;
    await remember(tx, { ...keyed, hash: hashOf(keyed) }, kept(outcome as unknown as Done));
    return outcome;
  }

  return { recall, once, onceForKey };
}

const FIELD = ['input', 'idempotencyKey'];

/** What is remembered of an outcome, and what the same intention is shown of that later. */
export type Answers<Done, Kept extends object, Shown> = {
  kept: (done: Done) => Kept;
  shown: (kept: Kept) => Promise<Shown>;
};

/** For what has an id: it is remembered by that, and shown as it is now, where the caller still sees it. */
export const byItsId = <Row>(loader: { load(id: string): Promise<Row> }) => ({
  kept: ({ id }: { id: string }) => ({ id }),
  shown: ({ id }: { id: string }) => loader.load(id),
});

/** For what is remembered by its id, and shown by that, as the first time. */
export const BY_ID = {
  kept: ({ id }: { id: string }) => ({ id }),
  shown: async ({ id }: { id: string }) => ({ id }),
};

/** Does its work in the transaction, unless the key is known there. */
export type OnceIn<Done extends object, Kept extends object> = <Result extends Done | Refusal>(
  tx: EntityManager,
  run: () => Promise<Result>,
) => Promise<Result | Again<Kept> | KeyRefusal>;

/** The same was asked and done before: its answer, as it was remembered. */
class Again<Answer extends object> {
  readonly answer: Answer;
  constructor(answer: Answer) {
    this.answer = answer;
  }
}

/**
 * A mutation with its input, whose key may be left out. `by` is the person where the answer is theirs alone: somebody
 * else of the account who sends the same key is told that it was used.
 */
export type Intention = { mutation: string; input: { idempotencyKey?: string | null }; by?: string };

type Asking = Pick<Context<unknown>, 'read' | 'viewer' | 'now'>;

function keyedBy({ viewer, now }: Asking, { mutation, input, by }: Intention): Keyed | null {
  const key = input.idempotencyKey ?? null;
  if (key === null || (viewer.kind !== 'PERSON' && viewer.kind !== 'KEY')) return null;
  return { accountId: viewer.accountId, key, mutation, input: by === undefined ? input : { input, by }, now };
}

const isReadable = (key: string): boolean => key.length >= 1 && key.length <= 200 && isStorable(key);

const notReadable = (): KeyRefusal =>
  new Refusal('IDEMPOTENCY_KEY_NOT_READABLE', 'An idempotency key has 1 to 200 characters.', FIELD);

/** What a key was used for, so that the same can be told from something else. */
export const hashOf = ({ mutation, input }: Pick<Keyed, 'mutation' | 'input'>): Buffer =>
  createHash('sha256').update(canonical({ mutation, input })).digest();

/** Remembers the answer of a key, in the transaction in which its mutation took effect. */
export async function remember(
  tx: EntityManager,
  { accountId, key, hash, now }: { accountId: string; key: string; hash: Buffer; now: Date },
  answer: object,
): Promise<void> {
  await tx
    .createQueryBuilder()
    .insert()
    .into(IdempotencyKeyTable)
    .values({ accountId, key, inputHash: hash, answer, usedAt: now })
    // A settled payment does not hold the key's lock, and its quote held the key before: no one else can have used it.
    .orIgnore()
    .execute();
}
