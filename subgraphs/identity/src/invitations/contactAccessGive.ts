import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { readGrants } from '@comptoir/shared/viewer/areas.ts';
import { holds, type PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { findWritableAccount } from '../people/accountScope.ts';
import { readBranches } from '../people/branches.ts';
import { readNetworks } from '../people/networks.ts';
import { refusesCeiling } from './invitation.ts';
import { invite } from './invite.ts';
import { invitedPayload, refusedPayload } from './invitedPayload.ts';

export const contactAccessGive: MutationResolvers['contactAccessGive'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const field = ['input', 'contactId'];
  const id = readId(input.contactId);
  // Anyone who may not see cards finds none.
  const contact = id === null || !holds(viewer, 'OTHER', 'READ') ? null : await ctx.loaders.contact.load(id);
  if (contact === null) return refusedPayload(new Refusal('CONTACT_NOT_FOUND', 'There is no such contact.', field));
  const { email } = contact;
  if (email === null) {
    return refusedPayload(new Refusal('CONTACT_WITHOUT_EMAIL', 'The card has no e-mail to write to.', field, 'G07'));
  }
  const areas = readGrants(input.areas);
  if (areas === null) {
    return refusedPayload(
      new Refusal('AREAS_NOT_READABLE', 'Name at least one area, each once.', ['input', 'areas'], 'O10'),
    );
  }
  const above = refusesCeiling('CLIENT', areas);
  if (above !== null) return refusedPayload(above);
  const networks = readNetworks(input.networks ?? []);
  if (networks instanceof Refusal) return refusedPayload(networks);
  const wished = input.branchIds ?? (contact.branchId === null ? null : [contact.branchId]);
  const branches = await readBranches(ctx, contact.accountId, wished, ['input', 'branchIds']);
  if (branches instanceof Refusal) return refusedPayload(branches);

  let retryAt: Date | null = null;
  const outcome = await ctx.write(async (tx) => {
    // Anyone who sees the card of another account may not write its people.
    const accountId = await findWritableAccount(tx, viewer, contact.accountId, 'SECURITY');
    if (accountId instanceof Refusal) return accountId;
    const gift = {
      accountId,
      email,
      // Never another (G09).
      role: 'CLIENT' as const,
      areas,
      networks,
      branches,
      contactId: contact.id,
      language: input.language ?? contact.language,
    };
    const invited = await invite(tx, viewer, gift, ctx.now);
    if ('invitation' in invited) return invited.invitation;
    retryAt = invited.retryAt;
    return invited.refused;
  });
  return invitedPayload(outcome, retryAt);
};
