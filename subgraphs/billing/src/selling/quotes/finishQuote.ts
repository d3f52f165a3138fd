import type { EntityManager } from 'typeorm';
import { issueCreditNote } from '../../collecting/invoices/creditNote.ts';
import { creditableInvoice } from '../../collecting/invoices/creditNoteParts.ts';
import type { Invoice } from '../../collecting/invoices/invoiceTables.ts';
import { issueInvoice } from '../../collecting/invoices/issue.ts';
import { payByCard, payFromHold } from '../../collecting/invoices/pay.ts';
import type { Payment } from '../../collecting/payments/paymentTables.ts';
import type { BillingProfile } from '../../collecting/profiles/profileTables.ts';
import type { AnyQuoteKind } from './kind.ts';
import { markCommitted } from './quoteStore.ts';
import type { QuoteRow } from './quoteTables.ts';

/**
 * Does what a quote said, in one transaction with its money: the invoice or credit note, what pays it, the change
 * itself. The caller holds the quote, and the wallets (`lockWalletsOfAll`); whatever it costs by card was approved.
 */
export async function finishQuote(
  tx: EntityManager,
  kind: AnyQuoteKind,
  quote: QuoteRow,
  {
    profile,
    payment,
    holdId,
    apiKeyId,
    now,
  }: {
    profile: BillingProfile | null;
    payment: Payment | null;
    holdId: string | null;
    apiKeyId: string | null;
    now: Date;
  },
): Promise<void> {
  const invoice = profile === null ? null : await invoiceOf(tx, quote, profile, now);
  if (invoice?.kind === 'INVOICE') {
    if (holdId !== null) await payFromHold(tx, invoice.id, holdId, now);
    if (payment !== null) await payByCard(tx, invoice.id, payment, now);
  }
  const { id, accountId, profileId, offer, createdBy } = quote;
  const made = await kind.apply(tx, {
    quote: { id, kind: quote.kind, accountId, profileId, offer, createdBy },
    invoice,
    paymentId: payment?.id ?? null,
    now,
  });
  await markCommitted(tx, id, { invoiceId: invoice?.id ?? null, made, apiKeyId, now });
}

/** A sale is invoiced, what is freed is credited; what costs nothing has neither. */
async function invoiceOf(
  tx: EntityManager,
  { id, accountId, offer }: QuoteRow,
  profile: BillingProfile,
  now: Date,
): Promise<Invoice | null> {
  const { settlement, prorated, lines, terms } = offer;
  if (settlement !== 'SALE' || prorated === 0n) return null;
  const { subscriptionId = null } = terms;
  const draft = { profile, accountId, lines, reference: `quote:${id}`, quoteId: id, subscriptionId, now };
  const issued =
    prorated > 0n
      ? await issueInvoice(tx, draft)
      : await issueCreditNote(tx, {
          ...draft,
          corrects:
            subscriptionId === null
              ? null
              : await creditableInvoice(tx, { subscriptionId, profileId: profile.id, net: -prorated }),
          to: 'PREPAID',
          earmarkId: profile.accountId === accountId ? null : accountId,
        });
  if (issued === null) throw new Error(`Quote ${id} was invoiced before.`);
  return issued;
}
