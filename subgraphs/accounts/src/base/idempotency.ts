import { idempotencyKeys } from '@comptoir/shared/operations/idempotency.ts';

/** The keys of this subgraph. None waits for anything. */
export const { onceForKey } = idempotencyKeys(null);
