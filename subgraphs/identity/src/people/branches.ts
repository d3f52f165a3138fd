import { unavailable } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { SubgraphContext } from '../context.ts';

const MAX_BRANCHES = 100;

const BRANCHES = /* GraphQL */ `
  query Branches($accountId: ID!, $ids: [ID!]!) {
    internalBranches(accountId: $accountId, ids: $ids) { id }
  }
`;

/**
 * Branches that somebody or something is to belong to (G12): of that account, in use, and among the viewer's own where
 * the viewer is limited. Null is none, which is for anyone who is not limited. Asks accounts, so it is called before
 * the transaction.
 */
export async function readBranches(
  ctx: SubgraphContext,
  accountId: string,
  wished: readonly string[] | null,
  field: string[],
): Promise<string[] | null | Refusal<'BRANCH_NOT_FOUND'>> {
  const { branches: own } = ctx.viewer as PersonViewer;
  if (wished === null || wished.length === 0) {
    if (own === undefined) return null;
    return new Refusal('BRANCH_NOT_FOUND', 'You are limited to branches: name one of yours.', field, 'G12');
  }
  const notFound = new Refusal('BRANCH_NOT_FOUND' as const, 'There is no such branch in this account.', field, 'G12');
  const ids = [...new Set(wished.map(readId))];
  const account = readId(accountId);
  if (account === null || ids.length > MAX_BRANCHES || !ids.every((id) => id !== null)) return notFound;
  if (own !== undefined && !ids.every((id) => own.includes(id))) return notFound;
  type Answer = { internalBranches: { id: string }[] };
  const found = await ctx
    .call<Answer>('accounts', BRANCHES, { accountId: account, ids }, ctx.viewer.requestId)
    .catch(() => {
      throw unavailable('Branches cannot be looked up right now. Try again.');
    });
  const known = new Set(found.internalBranches.map(({ id }) => id));
  return ids.every((id) => known.has(id)) ? ids : notFound;
}
