import { inScope } from '@comptoir/shared/rowScope.ts';
import type { EntityManager } from 'typeorm';
import type { SubgraphContext } from './context.ts';

const WRITABLE = `select id from unnest($1::uuid[]) as wanted (id) where ${inScope('wanted.id', 'BILLING', 'WRITE')}`;

/**
 * Which of these accounts the viewer may change the billing of: the second wall, asked in one statement under the request's role, for mutations that then write
 * under billing's second role. What is not in the set looks absent to the viewer.
 */
export async function writable(ctx: SubgraphContext, accountIds: readonly string[]): Promise<Set<string>> {
  return await ctx.read((tx) => writableIn(tx, accountIds));
}

/** As `writable`, in a transaction that is open: for accounts that only show under locks. Either role carries the viewer. */
export async function writableIn(tx: EntityManager, accountIds: readonly string[]): Promise<Set<string>> {
  const rows: { id: string }[] = await tx.query(WRITABLE, [accountIds]);
  return new Set(rows.map(({ id }) => id));
}
