import { canonical } from '@comptoir/shared/values/canonical.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { EntityManager } from 'typeorm';
import { formatMinor } from '../../books/money/money.ts';
import type { KeyBudget } from '../../charges/charge.ts';
import { startPayment } from '../../collecting/payments/paymentStore.ts';
import { holdPrepaid } from '../../collecting/prepaid/prepaid.ts';
import type { BillingProfile } from '../../collecting/profiles/profileTables.ts';
import type { ComposedConfig } from '../../config.ts';
import { finishQuote } from './finishQuote.ts';
import { spendBudget } from './keyBudget.ts';
import type { Offer } from './kind.ts';
import { type Priced, priceAgain } from './pricing.ts';
import { type CommitKey, markPaying } from './quoteStore.ts';
import { type Amounts, type QuoteRow, writeOffer } from './quoteTables.ts';

/** What a quote said, or would say now. */
export type Said = { offer: Offer; amounts: Amounts };

/** What the quote said is not what it costs now: nothing was done. */
export class QuoteChanged extends Refusal<'QUOTE_CHANGED'> {
  readonly was: Said;
  readonly is: Said;
  constructor(was: Said, is: Said) {
    const [before, after] = [was, is].map(chargedText);
    const what =
      before === after ? 'What it is made of has changed.' : `It said ${before}, and now it would be ${after}.`;
    super('QUOTE_CHANGED', `This is not what the quote said any more. ${what} Ask for a new quote.`, null, 'A26');
    this.was = was;
    this.is = is;
  }
}

/** A quote that is committed: done, or waiting for this payment. */
export type Begun = { quoteId: string; paymentId: string | null };

/**
 * Commits a locked quote that is open and has not expired: prices it again under locks, and does it when nothing is to
 * be paid by card. Otherwise sets the prepaid part aside and records the payment, which the caller then collects
 * outside of this transaction; `quotePurpose` does the rest.
 */
export async function beginCommit(
  tx: EntityManager,
  quote: QuoteRow,
  {
    by,
    key,
    present,
    now,
    config,
  }: {
    by: CommitKey | null;
    key: KeyBudget | null;
    present: boolean;
    now: Date;
    config: Pick<ComposedConfig, 'payments' | 'quoteKinds'>;
  },
): Promise<Begun | Refusal> {
  const kind = config.quoteKinds[quote.kind];
  const again = await priceAgain(tx, kind, quote, { now, cards: config.payments });
  if (again instanceof Refusal) {
    // Seen by the quote's reader: what cannot be had any more is a difference to what was said, and says which rule
    // makes it so.
    return new Refusal('QUOTE_NOT_POSSIBLE', again.message, null, again.rule);
  }
  const was: Said = { offer: quote.offer, amounts: amountsIn(quote) };
  if (!isSame(was, again)) return new QuoteChanged(was, again);
  const { profile, amounts } = again;
  if (amounts.chargedToday > 0n && profile?.card == null) {
    return new Refusal('NO_CARD', 'The billing profile has no card to pay the rest with.', null, 'A36');
  }
  const spent = key === null ? null : await spendBudget(tx, key, kind.credits?.(quote.offer) ?? 0n);
  if (spent instanceof Refusal) return spent;
  const apiKeyId = spent?.apiKeyId ?? null;
  const hold = profile === null ? null : await holdOf(tx, quote, profile, again, now);
  if (hold instanceof Refusal) return hold;
  const holdId = hold?.id ?? null;
  if (profile === null || amounts.chargedToday === 0n) {
    await finishQuote(tx, kind, quote, { profile, payment: null, holdId, apiKeyId, now });
    return { quoteId: quote.id, paymentId: null };
  }
  const payment = await startPayment(tx, {
    profile,
    amount: { minor: amounts.chargedToday, currency: profile.currency },
    purpose: 'QUOTE',
    purposeId: quote.id,
    description: titleOf(quote.offer),
    present,
    now,
  });
  await markPaying(tx, quote.id, by, { paymentId: payment.id, holdId, apiKeyId });
  return { quoteId: quote.id, paymentId: payment.id };
}

async function holdOf(
  tx: EntityManager,
  { id, accountId }: QuoteRow,
  profile: BillingProfile,
  { amounts: { prepaidApplied: amount } }: Priced,
  now: Date,
): Promise<{ id: string } | null | Refusal> {
  if (amount === 0n) return null;
  return await holdPrepaid(tx, { profile, accountId, amount, reference: `quote:${id}`, cause: { quoteId: id }, now });
}

/** What the cardholder reads. */
const titleOf = ({ lines }: Offer): string => lines.find(({ amount }) => amount > 0n)?.description ?? 'Prepaid money';

const amountsIn = ({ prepaidApplied, dueToday, taxToday, chargedToday }: Amounts): Amounts => ({
  prepaidApplied,
  dueToday,
  taxToday,
  chargedToday,
});

const isSame = (a: Said, b: Said): boolean => asText(a) === asText(b);
const asText = ({ offer, amounts }: Said): string =>
  canonical({ offer: writeOffer(offer), amounts: Object.values(amountsIn(amounts)).map(String) });

function chargedText({ offer: { currency, prorated }, amounts: { prepaidApplied, chargedToday } }: Said): string {
  if (currency === null) return 'nothing to pay';
  const money = (minor: bigint): string => `${formatMinor({ minor, currency })} ${currency}`;
  if (prorated < 0n) return `${money(-prorated)} given back`;
  return prepaidApplied === 0n
    ? `${money(chargedToday)} by card`
    : `${money(chargedToday)} by card and ${money(prepaidApplied)} of prepaid money`;
}
