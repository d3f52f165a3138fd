import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { hasAccess, lockContact, removeContact } from './contactStore.ts';

export const contactDelete: MutationResolvers['contactDelete'] = async (_root, { input }, ctx) => {
  const outcome = await ctx.write(async (tx) => {
    const id = readId(input.contactId);
    const contact = id === null ? null : await lockContact(tx, id);
    if (contact === null) {
      return new Refusal('CONTACT_NOT_FOUND', 'There is no such contact.', ['input', 'contactId']);
    }
    if (await hasAccess(tx, contact.id)) {
      const message = 'Somebody has access, or is invited, through this card. End that first.';
      return new Refusal('CONTACT_HAS_ACCESS', message, ['input', 'contactId'], 'G06');
    }
    await removeContact(tx, contact.id);
    return contact;
  });
  return outcome instanceof Refusal
    ? { contactId: null, userErrors: [outcome] }
    : { contactId: outcome.id, userErrors: [] };
};
