import type { EntityManager } from 'typeorm';
import { moneyKind } from '../../books/ledger/kinds.ts';
import type { Leg } from '../../books/ledger/post.ts';
import { lesser } from '../../books/money/money.ts';
import { reverseCommission } from '../../commissions/reverse.ts';
import { legIn, openMoneyWallet } from '../prepaid/moneyWallets.ts';
import { addParts, partsOfCycle } from './creditNoteParts.ts';
import { countCredited, countPaid, lockState } from './invoiceState.ts';
import type { InvoiceRow } from './invoiceTables.ts';
import { type InvoiceDraft, issue, sumOf } from './issue.ts';
import { creditedTax } from './tax.ts';

export type CreditNoteDraft = InvoiceDraft & {
  /** The invoice that it takes back, or a part of it; null when it takes back parts of several. */
  corrects: string | null;
  /** Where the money goes: it stays with us, as prepaid money of the profile. */
  to: 'PREPAID';
  /** The account that the prepaid money is kept for; null for money that is free. */
  earmarkId: string | null;
};

/**
 * Issues a credit note and books what it takes back of a sale. Its lines are what a change comes to, as in a quote, and
 * sum to less than 0; on the credit note they stand as what is given back, positive. What is still owed of the invoice
 * that it corrects is owed no longer; the rest becomes prepaid money (A65), with the tax that was on it. Taking back
 * more than is left of that invoice takes back others too: a part of each invoice of the subscription's running cycle,
 * each at its own tax rate (`partsOfCycle`). Null when its reference was issued before: then nothing is done.
 */
export async function issueCreditNote(tx: EntityManager, draft: CreditNoteDraft): Promise<InvoiceRow | null> {
  const { profile, now } = draft;
  const { currency } = profile;
  const net = -sumOf(draft.lines);
  if (net <= 0n) throw new RangeError('A credit note gives something back: its lines sum to less than 0.');
  const lines = draft.lines.map((line) => ({ ...line, amount: -line.amount }));

  // The wallet before what is paid of an invoice, as everywhere, though it may turn out not to be needed.
  const wallet = { profileId: profile.id, payerId: profile.accountId, currency, earmarkId: draft.earmarkId };
  const walletId = await openMoneyWallet(tx, wallet);
  const state = draft.corrects === null ? null : await lockState(tx, draft.corrects);
  if (state !== null && state.invoice.profileId !== profile.id) {
    throw new Error(`The invoice ${state.invoice.id} is of another profile.`);
  }
  const corrected = state !== null && state.creditedNet + net <= state.invoice.net ? state : null;
  const { subscriptionId = null } = draft;
  const parts =
    corrected !== null || subscriptionId === null
      ? []
      : await partsOfCycle(tx, { subscriptionId, profileId: profile.id, net });
  const rate =
    parts.length > 0
      ? Math.max(...parts.map(({ basisPoints }) => basisPoints))
      : (corrected?.invoice.taxBasisPoints ?? profile.taxBasisPoints);
  const tax =
    parts.length > 0
      ? parts.reduce((sum, part) => sum + part.tax, 0n)
      : creditedTax(corrected?.creditedNet ?? 0n, net, rate);
  const gross = net + tax;
  const owed = corrected === null ? 0n : corrected.invoice.gross - corrected.paid;
  const noLongerOwed = lesser(owed, gross);
  const paidBack = gross - noLongerOwed;

  const kind = moneyKind(currency);
  const booking: Leg[] = [
    { kind, amount: -net, book: `revenue:${kind}` },
    { kind, amount: -tax, book: `tax:${kind}` },
    { kind, amount: noLongerOwed, book: `receivable:${kind}` },
  ];
  if (paidBack > 0n) booking.push(legIn(walletId, currency, paidBack).leg);
  const correctsId = corrected?.invoice.id ?? null;
  const creditNote = await issue(tx, {
    ...draft,
    profile: { ...profile, taxBasisPoints: rate },
    lines,
    kind: 'CREDIT_NOTE',
    net,
    tax,
    booking,
    correctsId,
  });
  if (creditNote === null) return null;

  if (corrected !== null) await countCredited(tx, corrected.invoice.id, { net, tax });
  await addParts(tx, creditNote.id, parts);
  // Before the rest of the invoice counts as paid: what is not earned yet is not lost.
  await reverseCommission(tx, { creditNote, corrects: correctsId, now });
  const { transactionId } = creditNote;
  if (corrected !== null && transactionId !== null && noLongerOwed > 0n) {
    await countPaid(tx, corrected, {
      source: 'CREDIT_NOTE',
      sourceId: creditNote.id,
      amount: noLongerOwed,
      transactionId,
      now,
    });
  }
  return creditNote;
}
