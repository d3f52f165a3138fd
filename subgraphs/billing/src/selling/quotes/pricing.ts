import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { EntityManager } from 'typeorm';
import { mayWriteFor } from '../../base/reach.ts';
import { lockWalletsOfAccounts } from '../../books/wallets/walletStore.ts';
import { availablePrepaid } from '../../collecting/prepaid/prepaid.ts';
import { findProfile, lockProfile } from '../../collecting/profiles/profileStore.ts';
import type { BillingProfile } from '../../collecting/profiles/profileTables.ts';
import type { CardLimits } from '../../collecting/provider/provider.ts';
import { amountsOf, isBelowMinimum } from './amounts.ts';
import type { AnyQuoteKind, Offer } from './kind.ts';
import type { Amounts, QuoteRow } from './quoteTables.ts';
import { mayNotPay, profileNotFound, TooLittleForCard } from './refusals.ts';

export type Priced = { offer: Offer; amounts: Amounts; profile: BillingProfile | null };

/**
 * What it would cost now, read without a lock: for a quote. Refuses what cannot be had. Under billing's second role.
 * `unasked` of what no one asked for, as in `amountsOf`.
 */
export async function price(
  tx: EntityManager,
  kind: AnyQuoteKind,
  input: Record<string, unknown>,
  { now, cards, unasked = false }: { now: Date; cards: CardLimits; unasked?: boolean },
): Promise<Priced | Refusal> {
  const offer = await kind.offer(tx, input, { now, lock: false });
  if (offer instanceof Refusal) return offer;
  const profile = offer.profileId === null ? null : await findProfile(tx, offer.profileId);
  return await withAmounts(tx, offer, profile, { now, cards, unasked });
}

/**
 * Returns what the quote would cost now, under locks: nothing of it changes until the commit.
 * They are taken in the order that all of billing keeps: what the kind changes, as a subscription; profile; wallets.
 */
export async function priceAgain(
  tx: EntityManager,
  kind: AnyQuoteKind,
  quote: QuoteRow,
  { now, cards }: { now: Date; cards: CardLimits },
): Promise<Priced | Refusal> {
  await kind.lock?.(tx, quote.accountId);
  const refused = await kind.refusesCommit?.(tx, quote.accountId);
  if (refused != null) return refused;
  const profile = quote.profileId === null ? null : await lockProfile(tx, quote.profileId);
  await lockWalletsOfAll(tx, quote);
  const offer = await kind.offer(tx, quote.input, { now, lock: true });
  if (offer instanceof Refusal) return offer;
  // Another profile than was said is a difference like any other: what it may pay is not looked at.
  const same = offer.profileId === quote.profileId ? profile : null;
  if (offer.profileId !== null && offer.profileId !== quote.profileId) return profileNotFound();
  return await withAmounts(tx, offer, same, { now, cards, unasked: quote.reference !== null });
}

/**
 * Locks every wallet of whom the quote is about and of who pays, in the order of their ids, before anything locks one
 * of them alone.
 */
export async function lockWalletsOfAll(
  tx: EntityManager,
  { accountId, ownerId }: Pick<QuoteRow, 'accountId' | 'ownerId'>,
): Promise<void> {
  await lockWalletsOfAccounts(tx, [accountId, ownerId]);
}

async function withAmounts(
  tx: EntityManager,
  offer: Offer,
  profile: BillingProfile | null,
  { now, cards, unasked }: { now: Date; cards: CardLimits; unasked: boolean },
): Promise<Priced | Refusal> {
  const { accountId, profileId, currency } = offer;
  if (profileId === null || currency === null) {
    return { offer, amounts: amountsOf(offer, { prepaid: 0n, taxBasisPoints: 0, minimum: 0n }), profile: null };
  }
  if (profile === null || profile.deletedAt !== null) return profileNotFound();
  // What is freed goes back to who paid, also when it may not pay any more.
  if (offer.prorated >= 0n && !(await mayPay(tx, profile.accountId, accountId, now))) {
    return mayNotPay();
  }
  const prepaid = await availablePrepaid(tx, { profileId, accountId, currency, now });
  const minimum = cards.minimum(currency);
  const amounts = amountsOf(offer, { prepaid, taxBasisPoints: profile.taxBasisPoints, minimum, unasked });
  if (isBelowMinimum(amounts.chargedToday, minimum)) {
    return new TooLittleForCard(offer, amounts, { currency, minimum, payerId: profile.accountId });
  }
  return { offer, amounts, profile };
}

/**
 * True when profiles of an account may pay for another one: for itself, and for clients within its reach for BILLING.
 */
export async function mayPay(tx: EntityManager, payerId: string, accountId: string, now: Date): Promise<boolean> {
  return payerId === accountId || (await mayWriteFor(tx, { holder: payerId, account: accountId, now }));
}
