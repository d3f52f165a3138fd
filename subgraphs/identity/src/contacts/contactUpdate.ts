import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { readBranches } from '../people/branches.ts';
import { FULL_CARD, writeCard } from './contact.ts';
import { lockContact, saveContact } from './contactStore.ts';

export const contactUpdate: MutationResolvers['contactUpdate'] = async (_root, { input }, ctx) => {
  const { contactId, branchId, ...fields } = input;
  // What cannot be read is told first, whichever card it is for.
  const readable = writeCard(FULL_CARD, fields);
  if (readable instanceof Refusal) return { contact: null, userErrors: [readable] };
  const id = readId(contactId);
  const known = id === null ? null : await ctx.loaders.contact.load(id);
  if (known === null) return { contact: null, userErrors: [notFound()] };
  const branches =
    branchId === undefined || branchId === known.branchId
      ? 'UNCHANGED'
      : await readBranches(ctx, known.accountId, branchId === null ? null : [branchId], ['input', 'branchId']);
  if (branches instanceof Refusal) return { contact: null, userErrors: [branches] };

  const outcome = await ctx.write(async (tx) => {
    const contact = await lockContact(tx, known.id);
    if (contact === null) return notFound();
    const card = writeCard(contact, fields);
    if (card instanceof Refusal) return card;
    const changed = {
      ...contact,
      ...card,
      branchId: branches === 'UNCHANGED' ? contact.branchId : (branches?.[0] ?? null),
      updatedAt: ctx.now,
    };
    await saveContact(tx, changed);
    return changed;
  });
  return outcome instanceof Refusal ? { contact: null, userErrors: [outcome] } : { contact: outcome, userErrors: [] };
};

const notFound = (): Refusal<'CONTACT_NOT_FOUND'> =>
  new Refusal('CONTACT_NOT_FOUND', 'There is no such contact.', ['input', 'contactId']);
