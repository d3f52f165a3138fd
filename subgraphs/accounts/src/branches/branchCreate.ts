import { byItsId } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { BranchCreateInput, MutationResolvers } from '../../generated/graphql.ts';
import { onceForKey } from '../base/idempotency.ts';
import type { SubgraphContext } from '../context.ts';
import { MAX_BRANCHES, nameTaken, readName } from './branch.ts';
import { addBranch, countBranches } from './branchStore.ts';
import type { BranchRow } from './branchTables.ts';

export const branchCreate: MutationResolvers['branchCreate'] = async (_root, { input }, ctx) => {
  const intention = { mutation: 'branchCreate', input };
  const branch = await onceForKey(ctx, intention, byItsId(ctx.loaders.branch), (once) =>
    ctx.write((tx) => once(tx, () => create(tx, input, ctx))),
  );
  return branch instanceof Refusal ? { branch: null, userErrors: [branch] } : { branch, userErrors: [] };
};

async function create(tx: EntityManager, input: BranchCreateInput, ctx: SubgraphContext) {
  const viewer = ctx.viewer as PersonViewer;
  const name = readName(input.name);
  if (name instanceof Refusal) return name;
  const { accountId } = viewer;
  const branch: BranchRow = { id: newId(), accountId, name, createdAt: ctx.now, archivedAt: null };
  if (!(await addBranch(tx, branch))) return nameTaken();
  // Two at once may pass by one each; the bound is against accidents.
  if ((await countBranches(tx, accountId)) > MAX_BRANCHES) {
    return new Refusal('TOO_MANY_BRANCHES', `An account has at most ${MAX_BRANCHES} branches.`);
  }
  return branch;
}
