import { createHash } from 'node:crypto';
import { Refusal } from '@comptoir/shared/refusal.ts';
import type { EntityManager } from 'typeorm';

export type KeyRefusal = Refusal<'IDEMPOTENCY_KEY_NOT_READABLE' | 'IDEMPOTENCY_KEY_REUSED'>;

/** What a mutation does under an idempotency key. Keys are per account: `accountId` is the one whose people chose the key. */
export type Keyed = { accountId: string; key: string; mutation: string; input: object; now: Date };

/**
 * Does a mutation's work once per key. The first time it runs `work` and remembers the answer in the same transaction; again with the same input, it
 * gives that answer without running anything; with another input, it refuses. A refusal of the work itself is not remembered. Looked at before
 * any balance. Several at once wait for each other.
 */
export async function once<Outcome extends object>(
  tx: EntityManager,
  { accountId, key, mutation, input, now }: Keyed,
  work: () => Promise<Outcome>,
): Promise<Outcome | KeyRefusal> {
  const field = ['input', 'idempotencyKey'];
  if (key.length < 1 || key.length > 200 || key.includes('\0')) {
    return new Refusal('IDEMPOTENCY_KEY_NOT_READABLE', 'An idempotency key has 1 to 200 characters.', field);
  }
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))`, [accountId, key]);
  const inputHash = createHash('sha256').update(canonical({ mutation, input })).digest();
  const [known]: { inputHash: Buffer; answer: Outcome }[] = await tx.query(
    'select input_hash as "inputHash", answer from idempotency_key where account_id = $1 and key = $2',
    [accountId, key],
  );
  if (known !== undefined) {
    if (known.inputHash.equals(inputHash)) return known.answer;
    return new Refusal(
      'IDEMPOTENCY_KEY_REUSED',
      'This key was used with another input. Choose a new key for a new intention.',
      field,
    );
  }
  const answer = await work();
  if (answer instanceof Refusal) return answer;
  await tx.query(
    'insert into idempotency_key (account_id, key, input_hash, answer, used_at) values ($1, $2, $3, $4, $5)',
    [accountId, key, inputHash, answer, now],
  );
  return answer;
}

/** The same text for the same value, in whatever order its fields were written. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) && !(part instanceof Date)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
