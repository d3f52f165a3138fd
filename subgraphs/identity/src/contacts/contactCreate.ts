import { byItsId } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { ContactCreateInput, MutationResolvers } from '../../generated/graphql.ts';
import { onceForKey } from '../base/idempotency.ts';
import type { SubgraphContext } from '../context.ts';
import { findWritableAccount } from '../people/accountScope.ts';
import { readBranches } from '../people/branches.ts';
import { newCard } from './contact.ts';
import { addContact } from './contactStore.ts';
import type { ContactRow } from './contactTables.ts';

export const contactCreate: MutationResolvers['contactCreate'] = async (_root, { input }, ctx) => {
  const intention = { mutation: 'contactCreate', input };
  const contact = await onceForKey(ctx, intention, byItsId(ctx.loaders.contact), async (once) => {
    const card = newCard(input);
    if (card instanceof Refusal) return card;
    const accountId = input.accountId ?? (ctx.viewer as PersonViewer).accountId;
    const wished = input.branchId == null ? null : [input.branchId];
    const branches = await readBranches(ctx, accountId, wished, ['input', 'branchId']);
    if (branches instanceof Refusal) return branches;
    return await ctx.write((tx) => once(tx, () => add(tx, { ...card, branchId: branches?.[0] ?? null }, input, ctx)));
  });
  return contact instanceof Refusal ? { contact: null, userErrors: [contact] } : { contact, userErrors: [] };
};

async function add(
  tx: EntityManager,
  card: Exclude<ReturnType<typeof newCard>, Refusal> & Pick<ContactRow, 'branchId'>,
  input: ContactCreateInput,
  ctx: SubgraphContext,
) {
  const viewer = ctx.viewer as PersonViewer;
  const accountId = await findWritableAccount(tx, viewer, input.accountId ?? null, 'OTHER');
  if (accountId instanceof Refusal) return accountId;
  const contact: ContactRow = {
    ...card,
    id: newId(),
    accountId,
    createdBy: viewer.userId,
    createdAt: ctx.now,
    updatedAt: ctx.now,
  };
  await addContact(tx, contact);
  return contact;
}
