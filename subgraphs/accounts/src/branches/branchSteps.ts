import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { branchNotFound, nameTaken, readName } from './branch.ts';
import { lockBranch, renameBranch, saveArchived } from './branchStore.ts';
import type { BranchRow } from './branchTables.ts';

/** Locks a branch that the viewer may change, and changes it. */
async function change<Code extends string>(
  ctx: SubgraphContext,
  branchId: string,
  step: (tx: EntityManager, branch: BranchRow) => Promise<BranchRow | Refusal<Code>>,
) {
  const outcome = await ctx.write(async (tx) => {
    const id = readId(branchId);
    const branch = id === null ? null : await lockBranch(tx, id);
    return branch === null ? branchNotFound() : await step(tx, branch);
  });
  return outcome instanceof Refusal ? { branch: null, userErrors: [outcome] } : { branch: outcome, userErrors: [] };
}

export const branchRename: MutationResolvers['branchRename'] = async (_root, { input }, ctx) => {
  const name = readName(input.name);
  if (name instanceof Refusal) return { branch: null, userErrors: [name] };
  return await change(ctx, input.branchId, async (tx, branch) =>
    (await renameBranch(tx, branch, name)) ? { ...branch, name } : nameTaken(),
  );
};

const setArchived = (ctx: SubgraphContext, branchId: string, archived: boolean) =>
  change<never>(ctx, branchId, async (tx, branch) => {
    if ((branch.archivedAt !== null) === archived) return branch;
    const archivedAt = archived ? ctx.now : null;
    await saveArchived(tx, branch.id, archivedAt);
    return { ...branch, archivedAt };
  });

export const branchArchive: MutationResolvers['branchArchive'] = (_root, { input }, ctx) =>
  setArchived(ctx, input.branchId, true);

export const branchRestore: MutationResolvers['branchRestore'] = (_root, { input }, ctx) =>
  setArchived(ctx, input.branchId, false);
