import { createHash } from 'node:crypto';
import { Refusal } from '@comptoir/shared/refusal.ts';
import { isStorable } from '@comptoir/shared/text.ts';
import type { EntityManager } from 'typeorm';

export type KeyRefusal = Refusal<'IDEMPOTENCY_KEY_NOT_READABLE' | 'IDEMPOTENCY_KEY_REUSED'>;

/** What a mutation does under an idempotency key. Keys are per account: `accountId` is the one whose people chose the key. */
export type Keyed = { accountId: string; key: string; mutation: string; input: object; now: Date };

/** What is remembered of a key: the answer, or null while the payment that its mutation waits for is under way (a quote's). */
export type Remembered<Answer> = { answer: Answer | null };

/**
 * Locks the key until the commit and tells what is known of it: null when nothing is. Refuses a key that cannot be read, and one that was used with another
 * input. Looked at before any balance. Several at once wait for each other.
 */
export async function recall<Answer extends object>(
  tx: EntityManager,
  keyed: Keyed,
): Promise<Remembered<Answer> | KeyRefusal | null> {
  const { accountId, key } = keyed;
  const field = ['input', 'idempotencyKey'];
  if (key.length < 1 || key.length > 200 || !isStorable(key)) {
    return new Refusal('IDEMPOTENCY_KEY_NOT_READABLE', 'An idempotency key has 1 to 200 characters.', field);
  }
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))`, [accountId, key]);
  const [known]: { inputHash: Buffer; answer: Answer | null }[] = await tx.query(
    `select input_hash as "inputHash", answer from idempotency_key where account_id = $1 and key = $2
     union all
     select commit_hash, null from quote where state = 'PAYING' and commit_account = $1 and commit_key = $2`,
    [accountId, key],
  );
  if (known === undefined) return null;
  if (known.inputHash.equals(hashOf(keyed))) return { answer: known.answer };
  return new Refusal(
    'IDEMPOTENCY_KEY_REUSED',
    'This key was used with another input. Choose a new key for a new intention.',
    field,
  );
}

/** What a key was used for, so that the same can be told from something else. */
export const hashOf = ({ mutation, input }: Pick<Keyed, 'mutation' | 'input'>): Buffer =>
  createHash('sha256').update(canonical({ mutation, input })).digest();

/** Remembers the answer of a key, in the transaction in which its mutation took effect. */
export async function remember(
  tx: EntityManager,
  { accountId, key, hash, now }: { accountId: string; key: string; hash: Buffer; now: Date },
  answer: object,
): Promise<void> {
  await tx.query(
    // A settled payment does not hold the key's lock, and its quote held the key before: nobody else can have used it.
    `insert into idempotency_key (account_id, key, input_hash, answer, used_at) values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [accountId, key, hash, answer, now],
  );
}

/**
 * Does a mutation's work once per key. The first time it runs `work` and remembers the answer in the same transaction; again with the same input, it
 * gives that answer without running anything; with another input, it refuses. A refusal of the work itself is not remembered.
 */
export async function once<Outcome extends object>(
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

/** The same text for the same value, in whatever order its fields were written. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) && !(part instanceof Date)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
