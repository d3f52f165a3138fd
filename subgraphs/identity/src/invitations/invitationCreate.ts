import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { findWritableAccount } from '../people/accountScope.ts';
import { readBranches } from '../people/branches.ts';
import { emailNotReadable, readEmail } from '../people/email.ts';
import { readNetworks } from '../people/networks.ts';
import { readRoleAreas } from './invitation.ts';
import { invite } from './invite.ts';
import { invitedPayload, refusedPayload } from './invitedPayload.ts';

export const invitationCreate: MutationResolvers['invitationCreate'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const email = readEmail(input.email);
  if (email === null) return refusedPayload(emailNotReadable(input.email));
  const areas = readRoleAreas(input.role, input.areas ?? null);
  if (areas instanceof Refusal) return refusedPayload(areas);
  const networks = readNetworks(input.networks ?? []);
  if (networks instanceof Refusal) return refusedPayload(networks);
  const branches = await readBranches(ctx, input.accountId ?? viewer.accountId, input.branchIds ?? null, [
    'input',
    'branchIds',
  ]);
  if (branches instanceof Refusal) return refusedPayload(branches);
  if (branches !== null && input.role === 'OWNER') {
    return refusedPayload(
      new Refusal('BRANCH_NOT_FOUND', 'An owner is not limited to branches.', ['input', 'branchIds'], 'G12'),
    );
  }

  let retryAt: Date | null = null;
  const outcome = await ctx.write(async (tx) => {
    const accountId = await findWritableAccount(tx, viewer, input.accountId ?? null, 'SECURITY');
    if (accountId instanceof Refusal) return accountId;
    const gift = {
      accountId,
      email,
      role: input.role,
      areas,
      networks,
      branches,
      contactId: null,
      language: input.language ?? null,
    };
    const invited = await invite(tx, viewer, gift, ctx.now);
    if ('invitation' in invited) return invited.invitation;
    retryAt = invited.retryAt;
    return invited.refused;
  });
  return invitedPayload(outcome, retryAt);
};
