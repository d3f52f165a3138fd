import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { CreditKind } from '../../books/ledger/kinds.ts';
import { post } from '../../books/ledger/post.ts';
import { MAX_MOVED } from '../../books/lots/move.ts';
import { MAX_MINOR, share } from '../../books/money/money.ts';
import { addWallet, hasWallets, lockWallets } from '../../books/wallets/walletStore.ts';
import { findProfile, lockProfile } from '../../collecting/profiles/profileStore.ts';
import { loadCreditPack } from '../../pricing/catalogue/creditPackStore.ts';
import type { CreditPack } from '../../pricing/catalogue/plan.ts';
import { discountsFor } from '../../pricing/discounts/discountStore.ts';
import type { InvoiceLineDraft } from '../../pricing/prices/invoiceLine.ts';
import { refusesCancelledAccount } from '../quotes/cancelledAccount.ts';
import type { QuoteKind } from '../quotes/kind.ts';
import { refusesSms } from './smsPlan.ts';

/** The most packs of one purchase. */
export const MAX_PACKS = 1_000;

/** Ids are in canonical form. */
export type CreditsBuyInput = {
  profileId: string;
  packId: string;
  quantity: number;
  /**
   * The most that it may cost with tax, in the smallest unit of the profile's currency, as text; left out, whatever it
   * costs.
   */
  atMost?: string;
};

/** In order of precedence. */
export type CreditsBuyRefusalCode =
  | 'QUANTITY_OUT_OF_BOUNDS'
  | 'PROFILE_NOT_FOUND'
  | 'ACCOUNT_CANCELLED'
  | 'PACK_NOT_FOUND'
  | 'PACK_RETIRED'
  | 'CURRENCY_WITHOUT_PRICE'
  | 'SMS_NOT_IN_PLAN'
  | 'ACCOUNT_NOT_FOUND'
  | 'COSTS_TOO_MUCH';

type Terms = { accountId: string; packId: string; kind: CreditKind; quantity: number; credits: string };

const no = (code: CreditsBuyRefusalCode, message: string, field: string): Refusal<CreditsBuyRefusalCode> =>
  new Refusal(code, message, ['input', field], 'A63');

/**
 * Buys packs of credits on a billing profile (A63), for the wallet of the profile's own account; from there they are
 * allocated. The reseller discount applies; a migration discount is for subscriptions. What was bought lasts.
 */
export const creditsBuy: QuoteKind<CreditsBuyInput> = {
  async offer(tx, { profileId, packId, quantity, atMost }, { now, lock }) {
    if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > MAX_PACKS) {
      return no('QUANTITY_OUT_OF_BOUNDS', `Buy 1 to ${MAX_PACKS} packs at once.`, 'quantity');
    }
    const profile = await (lock ? lockProfile : findProfile)(tx, profileId);
    if (profile === null || profile.deletedAt !== null) {
      return no('PROFILE_NOT_FOUND', 'There is no such billing profile.', 'profileId');
    }
    const { accountId, currency } = profile;
    const cancelled = await refusesCancelledAccount(tx, { profileId: accountId });
    if (cancelled !== null) return cancelled;
    const pack = await loadCreditPack(tx, packId, now);
    if (pack === null) return no('PACK_NOT_FOUND', 'There is no such pack of credits.', 'packId');
    if (pack.retired) return no('PACK_RETIRED', 'This pack is no longer sold.', 'packId');
    const price = pack.prices.get(currency);
    if (price === undefined) {
      return no(
        'CURRENCY_WITHOUT_PRICE',
        `This pack has no price in ${currency}, the currency of the profile.`,
        'packId',
      );
    }
    const credits = pack.credits * BigInt(quantity);
    const listValue = price * BigInt(quantity);
    if (credits > MAX_MOVED || listValue > MAX_MINOR) {
      return no('QUANTITY_OUT_OF_BOUNDS', `Buy at most ${MAX_MOVED} credits at once.`, 'quantity');
    }
    const sms = await refusesSms(tx, pack.kind, accountId, ['input', 'packId']);
    if (sms !== null) return sms;
    if (!(await hasWallets(tx, accountId))) {
      return no('ACCOUNT_NOT_FOUND', 'The account of this profile is still being opened.', 'profileId');
    }
    const { resellerBasisPoints } = await discountsFor(tx, { payerId: accountId, accountId, now });
    const resellerDiscount = share(listValue, resellerBasisPoints);
    const prorated = listValue - resellerDiscount;
    if (atMost !== undefined && grossOf(prorated, profile.taxBasisPoints) > BigInt(atMost)) {
      return no('COSTS_TOO_MUCH', 'It costs more than it may.', 'quantity');
    }
    const terms: Terms = { accountId, packId, kind: pack.kind, quantity, credits: String(credits) };
    return {
      accountId,
      profileId,
      currency,
      listValue,
      migrationDiscount: 0n,
      resellerDiscount,
      perCycle: null,
      prorated,
      lines: linesOf(pack, quantity, listValue, resellerDiscount),
      settlement: 'SALE',
      terms,
    };
  },

  async apply(tx, { quote, invoice, now }) {
    const { accountId, packId, kind, credits } = quote.offer.terms as Terms;
    await addWallet(tx, { id: newId(), accountId, kind });
    const [wallet] = await lockWallets(tx, [accountId], kind);
    if (wallet === undefined) throw new Error('The wallet that was just opened is not there.');
    const lotId = newId();
    const transactionId = await post(
      tx,
      {
        type: 'PURCHASE',
        reference: `purchase:${quote.id}`,
        cause: {
          accountId,
          quoteId: quote.id,
          packId,
          ...(quote.profileId && { profileId: quote.profileId }),
          ...(invoice && { invoiceId: invoice.id }),
          ...(quote.createdBy && { by: quote.createdBy }),
        },
        legs: [
          {
            kind,
            amount: BigInt(credits),
            opens: { id: lotId, walletId: wallet.id, source: 'PURCHASED', priority: 0, expiresAt: null },
          },
          { kind, amount: -BigInt(credits), book: `issued:${kind}` },
        ],
      },
      now,
    );
    if (transactionId === null) throw new Error('The purchase was booked before.');
    return { transactionId, walletId: wallet.id, lotId };
  },

  credits: ({ terms }) => BigInt((terms as Terms).credits),
};

/** What a sale of that net amount costs with tax. */
export const grossOf = (net: bigint, taxBasisPoints: number): bigint => net + share(net, taxBasisPoints);

const KIND_NAMES: Record<CreditKind, string> = { TRACKER: 'tracker', SMS: 'SMS', INBOX_PREVIEW: 'inbox preview' };

function linesOf(
  { kind, credits }: CreditPack,
  quantity: number,
  listValue: bigint,
  resellerDiscount: bigint,
): InvoiceLineDraft[] {
  const what = `${credits.toLocaleString('en')} ${KIND_NAMES[kind]} credits`;
  const noPeriod = { from: null, to: null };
  const line: InvoiceLineDraft = { kind: 'CREDITS', description: what, quantity, amount: listValue, ...noPeriod };
  if (resellerDiscount === 0n) return [line];
  const discount = `Reseller discount, ${what}`;
  return [line, { kind: 'DISCOUNT', description: discount, quantity: 1, amount: -resellerDiscount, ...noPeriod }];
}
