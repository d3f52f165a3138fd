import { Refusal } from '@comptoir/shared/refusal.ts';
import { newId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { findWritableAccount } from '../people/accountScope.ts';
import { readBranches } from '../people/branches.ts';
import { newCard } from './contact.ts';
import { addContact } from './contactStore.ts';
import type { ContactRow } from './contactTables.ts';

export const contactCreate: MutationResolvers['contactCreate'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const card = newCard(input);
  if (card instanceof Refusal) return { contact: null, userErrors: [card] };
  const wished = input.branchId == null ? null : [input.branchId];
  const branches = await readBranches(ctx, input.accountId ?? viewer.accountId, wished, ['input', 'branchId']);
  if (branches instanceof Refusal) return { contact: null, userErrors: [branches] };

  const outcome = await ctx.write(async (tx) => {
    const accountId = await findWritableAccount(tx, viewer, input.accountId ?? null, 'OTHER');
    if (accountId instanceof Refusal) return accountId;
    const contact: ContactRow = {
      ...card,
      id: newId(),
      accountId,
      branchId: branches?.[0] ?? null,
      createdBy: viewer.userId,
      createdAt: ctx.now,
      updatedAt: ctx.now,
    };
    await addContact(tx, contact);
    return contact;
  });
  return outcome instanceof Refusal ? { contact: null, userErrors: [outcome] } : { contact: outcome, userErrors: [] };
};
