import { readId } from '@comptoir/shared/values/uuid.ts';

/** An account as this subgraph knows it: by its id. Everything else of it is with accounts. */
export type AccountReference = { id: string };

/**
 * Any readable id is answered: the rows decide what is behind it, and a foreign account looks like one without
 * trackers.
 */
export function resolveAccount({ id }: { id: string }): AccountReference | null {
  const known = readId(id);
  return known === null ? null : { id: known };
}
