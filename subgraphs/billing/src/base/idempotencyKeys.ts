import { idempotencyKeys } from '@comptoir/shared/operations/idempotency.ts';

/** Billing's keys. One whose quote is being paid has no answer yet. */
export const { recall, once, onceForKey } = idempotencyKeys(
  `select commit_hash, null from quote where state = 'PAYING' and commit_account = $1 and commit_key = $2`,
);
