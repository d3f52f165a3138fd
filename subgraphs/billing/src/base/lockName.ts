import type { EntityManager } from 'typeorm';

/** Locks a name until the commit: for what has no row yet, or many. Anyone else who locks it waits. */
export async function lockName(tx: EntityManager, name: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
}
