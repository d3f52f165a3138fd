import { Again } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { BranchCreateInput, MutationResolvers } from '../../generated/graphql.ts';
import { answeredBefore, onceIfKeyed } from '../base/idempotency.ts';
import type { SubgraphContext } from '../context.ts';
import { MAX_BRANCHES, nameTaken, readName } from './branch.ts';
import { addBranch, countBranches } from './branchStore.ts';
import type { BranchRow } from './branchTables.ts';

export const branchCreate: MutationResolvers['branchCreate'] = async (_root, { input }, ctx) => {
  const intention = { mutation: 'branchCreate', input };
  const outcome =
    (await answeredBefore<{ id: string }>(ctx, intention)) ??
    (await ctx.write((tx) =>
      onceIfKeyed(
        tx,
        ctx,
        intention,
        () => create(tx, input, ctx),
        ({ id }) => ({ id }),
      ),
    ));
  if (outcome instanceof Refusal) return { branch: null, userErrors: [outcome] };
  const again = outcome instanceof Again;
  return { branch: again ? await ctx.loaders.branch.load(outcome.answer.id) : outcome, userErrors: [] };
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
