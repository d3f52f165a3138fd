import { inScope, NOT_LIMITED_TO_BRANCHES } from '@comptoir/shared/database/rowScope.ts';
import { holds, isStaff, type Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { SubgraphContext } from '../context.ts';

const WRITABLE = `select id from unnest($1::uuid[]) as wanted (id) where ${NOT_LIMITED_TO_BRANCHES} and ${inScope('wanted.id', 'BILLING', 'WRITE')}`;

/**
 * Which of these accounts the viewer may change the billing of: the second wall, asked in one statement under the
 * request's role, for mutations that then write under billing's second role. What is not in the set looks absent to the
 * viewer.
 */
export async function writable(ctx: SubgraphContext, accountIds: readonly string[]): Promise<Set<string>> {
  return await ctx.read((tx) => writableIn(tx, accountIds));
}

/**
 * As `writable`, in a transaction that is open: for accounts that only show under locks. Either role carries the
 * viewer.
 */
export async function writableIn(tx: EntityManager, accountIds: readonly string[]): Promise<Set<string>> {
  const rows: { id: string }[] = await tx.query(WRITABLE, [accountIds]);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Whether money of that account may be spent by the viewer: only by people and keys of the account itself (A38). Anyone
 * who is let into its billing, a partner or the provider's staff, sees and prepares; they do not pay with what is
 * another's.
 */
export const spendsOwn = (viewer: Viewer, accountId: string): boolean =>
  (viewer.kind === 'PERSON' || viewer.kind === 'KEY') && viewer.accountId === accountId;

/**
 * Whether the viewer may be told who did something: oneself, the provider's staff, and anyone who looks after the
 * people of the account that the doer acted for (SECURITY). Others are told what was done, not by whom: a partner sees
 * no people of its client, nor a client its partner's (O10). `actingId` null: for which account is not known.
 */
export function mayKnowDoer(viewer: Viewer, userId: string, actingId: string | null): boolean {
  if (viewer.kind !== 'PERSON' && viewer.kind !== 'KEY') return false;
  if (isStaff(viewer) || viewer.userId === userId) return true;
  return viewer.accountId === actingId && holds(viewer, 'SECURITY', 'READ');
}
