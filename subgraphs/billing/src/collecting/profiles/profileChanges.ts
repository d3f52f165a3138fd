import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type EntityManager, IsNull } from 'typeorm';
import type { StoredCard } from '../provider/provider.ts';
import type { ProfileFacts, ProfileUse } from './profile.ts';
import { type BillingProfile, BillingProfileTable } from './profileTables.ts';

/** All of this is for the system role, on a profile that is locked (`lockProfileToChange`). */

export const countProfiles = (tx: EntityManager, accountId: string): Promise<number> =>
  tx.countBy(BillingProfileTable, { accountId, deletedAt: IsNull() });

/** Writes down a new profile; its card comes later (`saveCard`). */
export async function addProfile(tx: EntityManager, { card: _none, ...profile }: BillingProfile): Promise<void> {
  await tx.insert(BillingProfileTable, profile);
}

export async function saveFacts(tx: EntityManager, id: string, facts: ProfileFacts): Promise<void> {
  const { name, email, legalName, addressLines, country, vatId } = facts;
  await tx.update(BillingProfileTable, { id }, { name, email, legalName, addressLines, country, vatId });
}

/**
 * True while a quote is being paid with it: its invoice is issued when the payment is through, and must ask for what
 * was charged.
 */
export async function isPayingQuote(tx: EntityManager, id: string): Promise<boolean> {
  const [{ paying }] = await tx.query(
    `select exists (select from quote q where q.profile_id = $1 and q.state = 'PAYING') as paying`,
    [id],
  );
  return paying;
}

export async function saveTax(tx: EntityManager, id: string, basisPoints: number): Promise<void> {
  await tx.update(BillingProfileTable, { id }, { taxBasisPoints: basisPoints });
}

/**
 * The card that is charged from now on; the one before it is removed at the provider, once nothing under way needs it.
 */
export async function saveCard(tx: EntityManager, profile: BillingProfile, card: StoredCard): Promise<void> {
  const { customer, method, brand, lastFour, expiryMonth, expiryYear } = card;
  const columns = { customer, method, brand, lastFour, expiryMonth, expiryYear };
  await tx.update(BillingProfileTable, { id: profile.id }, { ...columns, cardToldAt: null });
  if (profile.card !== null && profile.card.method !== card.method) await removeLater(tx, profile.card);
}

const NO_CARD = {
  customer: null,
  method: null,
  brand: null,
  lastFour: null,
  expiryMonth: null,
  expiryYear: null,
} satisfies Record<keyof StoredCard, null>;

export async function markDeleted(tx: EntityManager, profile: BillingProfile, now: Date): Promise<void> {
  await tx.update(BillingProfileTable, { id: profile.id }, { deletedAt: now, ...NO_CARD });
  if (profile.card !== null) await removeLater(tx, profile.card);
}

/** Has a card removed at the provider, if this transaction commits. */
async function removeLater(tx: EntityManager, { customer, method }: StoredCard): Promise<void> {
  await enqueue(tx, 'billing', { queue: 'cardRemove', id: newId(), payload: { customer, method } });
}

/**
 * Who needs a card, by the provider's names for it: a payment that is to be charged to it, or a profile that has it.
 */
export async function isCardNeeded(
  tx: EntityManager,
  customer: string,
  method: string,
): Promise<'BY_PAYMENT' | 'BY_PROFILE' | null> {
  const [row] = await tx.query(
    `select case
       when exists (select from billing_profile where card_customer = $1 and card_method = $2) then 'BY_PROFILE'
       when exists (select from payment where customer = $1 and method = $2 and settled_at is null) then 'BY_PAYMENT' end as needed`,
    [customer, method],
  );
  return row.needed;
}

/**
 * What depends on a profile. Anyone who makes something depend on it holds `lockProfile`, so that nothing is added
 * before the commit.
 */
export async function findUse(tx: EntityManager, id: string): Promise<ProfileUse> {
  const [row] = await tx.query(
    `select
       exists (select from subscription s where s.profile_id = $1 and s.status <> 'EXPIRED')
         or exists (select from subscription s where s.cycle_profile_id = $1 and s.status <> 'EXPIRED') as subscription,
       exists (select from invoice i join invoice_state s on s.invoice_id = i.id where i.profile_id = $1 and s.paid < s.gross) as invoice,
       exists (select from wallet w where w.profile_id = $1 and w.balance > 0)
         or exists (select from prepaid_hold h where h.profile_id = $1 and h.state = 'HELD') as prepaid,
       exists (select from payment p where p.profile_id = $1 and p.settled_at is null) as payment`,
    [id],
  );
  return row;
}
