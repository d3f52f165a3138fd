import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { readBranches } from '../people/branches.ts';
import { lockMembership } from '../people/peopleStore.ts';
import { MembershipTable } from '../people/userTables.ts';
import { membershipNotFound, refusesOver } from './member.ts';

export const membershipBranchesSet: MutationResolvers['membershipBranchesSet'] = async (_root, { input }, ctx) => {
  const id = readId(input.membershipId);
  const known = id === null ? null : await ctx.loaders.membership.load(id);
  if (known === null) return { membership: null, userErrors: [membershipNotFound()] };
  const branches = await readBranches(ctx, known.accountId, input.branchIds, ['input', 'branchIds']);
  if (branches instanceof Refusal) return { membership: null, userErrors: [branches] };

  const outcome = await ctx.write(async (tx) => {
    const target = await lockMembership(tx, known.id);
    if (target === null) return membershipNotFound();
    const over = refusesOver(target);
    if (over !== null) return over;
    if (target.role === 'OWNER') {
      const message = 'An owner is not limited to branches.';
      return new Refusal('OWNER_NOT_LIMITED', message, ['input', 'membershipId'], 'G12');
    }
    await tx.update(MembershipTable, { id: target.id }, { branches });
    return { ...target, branches };
  });
  return outcome instanceof Refusal
    ? { membership: null, userErrors: [outcome] }
    : { membership: outcome, userErrors: [] };
};
