import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { formatMinor, MAX_MINOR, type Money } from '../../books/money/money.ts';
import { topUpPrepaid } from '../../collecting/prepaid/prepaid.ts';
import { findProfile, lockProfile } from '../../collecting/profiles/profileStore.ts';
import { refusesCancelledAccount } from '../quotes/cancelledAccount.ts';
import type { QuoteKind } from '../quotes/kind.ts';

export type PrepaidBuyInput = { profileId: string; earmarkId: string | null; amount: Money };

/** More than anybody pays in at once, in the smallest unit: a slip of the keyboard is caught here. */
export const MAX_PAID_IN = MAX_MINOR / 1_000_000n;

/**
 * Prepaid money is paid in by card: no sale, no tax (A64). What is kept for an account pays for that account only
 * (A65).
 */
export const prepaidBuy: QuoteKind<PrepaidBuyInput> = {
  async offer(tx, { profileId, earmarkId, amount }, { lock }) {
    const profile = lock ? await lockProfile(tx, profileId) : await findProfile(tx, profileId);
    if (profile === null || profile.deletedAt !== null) {
      return new Refusal('PROFILE_NOT_FOUND', 'There is no such billing profile.', ['input', 'profileId'], 'A36');
    }
    const cancelled = await refusesCancelledAccount(tx, { earmarkId, profileId: profile.accountId });
    if (cancelled !== null) return cancelled;
    const field = ['input', 'amount'];
    if (amount.currency !== profile.currency) {
      return new Refusal('CURRENCY_DIFFERS', `This billing profile pays in ${profile.currency}.`, field, 'A64');
    }
    if (amount.minor < 1n || amount.minor > MAX_PAID_IN) {
      const most = formatMinor({ minor: MAX_PAID_IN, currency: amount.currency });
      return new Refusal('AMOUNT_OUT_OF_BOUNDS', `Pay in more than nothing and at most ${most}.`, field, 'A64');
    }
    return {
      accountId: earmarkId ?? profile.accountId,
      profileId,
      currency: profile.currency,
      listValue: amount.minor,
      migrationDiscount: 0n,
      resellerDiscount: 0n,
      perCycle: null,
      prorated: amount.minor,
      lines: [],
      settlement: 'TOP_UP',
      terms: { earmarkId },
    };
  },
  async apply(tx, { quote, paymentId, now }) {
    const { profileId, offer } = quote;
    const profile = profileId === null ? null : await findProfile(tx, profileId);
    if (profile === null || paymentId === null) throw new Error(`The quote ${quote.id} pays nothing in.`);
    const earmarkId = offer.terms.earmarkId as string | null;
    const done = await topUpPrepaid(tx, {
      profile,
      earmarkId,
      amount: offer.prorated,
      paymentId,
      reference: `quote:${quote.id}`,
      now,
    });
    if (done === null) throw new Error(`The quote ${quote.id} was paid in before.`);
    return { walletId: done.walletId, lotId: done.lotId };
  },
};
