import { Refusal } from '@comptoir/shared/refusal.ts';
import { newId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { MOST_BRANCHES, nameTaken, readName } from './branch.ts';
import { addBranch, countBranches } from './branchStore.ts';
import type { BranchRow } from './branchTables.ts';

export const branchCreate: MutationResolvers['branchCreate'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const name = readName(input.name);
    if (name instanceof Refusal) return name;
    const { accountId } = viewer;
    const branch: BranchRow = { id: newId(), accountId, name, createdAt: ctx.now, archivedAt: null };
    if (!(await addBranch(tx, branch))) return nameTaken();
    // Two at once may pass by one each; the bound is against accidents.
    if ((await countBranches(tx, accountId)) > MOST_BRANCHES) {
      return new Refusal('TOO_MANY_BRANCHES', `An account has at most ${MOST_BRANCHES} sites.`);
    }
    return branch;
  });
  return outcome instanceof Refusal ? { branch: null, userErrors: [outcome] } : { branch: outcome, userErrors: [] };
};
