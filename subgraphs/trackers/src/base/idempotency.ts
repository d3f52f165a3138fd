import { idempotencyKeys } from '@comptoir/shared/idempotency.ts';

/** The keys of this subgraph. None waits for anything. */
export const { answeredBefore, onceIfKeyed } = idempotencyKeys(null);
