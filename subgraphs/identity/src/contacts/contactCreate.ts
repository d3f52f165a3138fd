import { Again } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { answeredBefore, onceIfKeyed } from '../base/idempotency.ts';
import { findWritableAccount } from '../people/accountScope.ts';
import { readBranches } from '../people/branches.ts';
import { newCard } from './contact.ts';
import { addContact } from './contactStore.ts';
import type { ContactRow } from './contactTables.ts';

export const contactCreate: MutationResolvers['contactCreate'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const intention = { mutation: 'contactCreate', input };
  const before = await answeredBefore<{ id: string }>(ctx, intention);
  if (before instanceof Refusal) return { contact: null, userErrors: [before] };
  if (before !== null) return { contact: await ctx.loaders.contact.load(before.answer.id), userErrors: [] };
  const card = newCard(input);
  if (card instanceof Refusal) return { contact: null, userErrors: [card] };
  const wished = input.branchId == null ? null : [input.branchId];
  const branches = await readBranches(ctx, input.accountId ?? viewer.accountId, wished, ['input', 'branchId']);
  if (branches instanceof Refusal) return { contact: null, userErrors: [branches] };

  const add = async (tx: EntityManager): Promise<ContactRow | Refusal<'ACCOUNT_NOT_FOUND'>> => {
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
  };
  const outcome = await ctx.write((tx) =>
    onceIfKeyed(
      tx,
      ctx,
      intention,
      () => add(tx),
      ({ id }) => ({ id }),
    ),
  );
  if (outcome instanceof Again) return { contact: await ctx.loaders.contact.load(outcome.answer.id), userErrors: [] };
  return outcome instanceof Refusal ? { contact: null, userErrors: [outcome] } : { contact: outcome, userErrors: [] };
};
