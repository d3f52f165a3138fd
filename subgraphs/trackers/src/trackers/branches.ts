import { unavailable } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { SubgraphContext } from '../context.ts';

const BRANCHES = /* GraphQL */ `
  query Branches($accountId: ID!, $ids: [ID!]!) {
    internalBranches(accountId: $accountId, ids: $ids) { id }
  }
`;

/**
 * The branch that a tracker is to belong to (G12): one in use of that account, among the viewer's own where the viewer
 * is limited. None is for anyone who is not limited; anyone who is limited to one branch means that. Asks accounts, so
 * it is called before the transaction.
 */
export async function readBranch(
  ctx: SubgraphContext,
  accountId: string,
  wished: string | null,
): Promise<string | null | Refusal<'BRANCH_NOT_FOUND'>> {
  const field = ['input', 'branchId'];
  const { branches: own } = ctx.viewer as PersonViewer;
  if (wished === null) {
    if (own === undefined) return null;
    if (own.length === 1) return own[0] as string;
    return new Refusal('BRANCH_NOT_FOUND', 'You are limited to branches: name one of yours.', field, 'G12');
  }
  const notFound = new Refusal('BRANCH_NOT_FOUND' as const, 'There is no such branch in this account.', field, 'G12');
  const id = readId(wished);
  if (id === null || (own !== undefined && !own.includes(id))) return notFound;
  type Answer = { internalBranches: { id: string }[] };
  const { internalBranches } = await ctx
    .call<Answer>('accounts', BRANCHES, { accountId, ids: [id] }, ctx.viewer.requestId)
    .catch(() => {
      throw unavailable('Branches cannot be looked up right now. Try again.');
    });
  return internalBranches.length === 1 ? id : notFound;
}
