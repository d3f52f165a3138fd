import type { EntityManager } from 'typeorm';
import { lesser } from '../books/money/money.ts';
import { type Billed, takenBack } from './commission.ts';
import {
  type Attribution,
  addCredit,
  addCreditNote,
  addLine,
  type Earned,
  findAttribution,
  findEarned,
  findUncredited,
  holdClient,
  loadCredits,
} from './commissionStore.ts';

/**
 * Takes back of a commission what a credit note takes back of the sale, pro rata. `corrects` is the invoice that the
 * credit note corrects; null takes it from what the payer paid last, and what is left over from what it was billed
 * before and pays later (`earnCommission`). Once per credit note, in its transaction.
 */
export async function reverseCommission(
  tx: EntityManager,
  { creditNote, corrects, now }: { creditNote: Billed; corrects: string | null; now: Date },
): Promise<void> {
  // Whatever its sign on paper, it takes back so much.
  let left = creditNote.net < 0n ? -creditNote.net : creditNote.net;
  if (left === 0n) return;
  const attribution = await findAttribution(tx, creditNote.payerId);
  if (attribution === null) return;
  await holdClient(tx, attribution);
  const { id: creditNoteId, currency, issuedAt } = creditNote;
  const { clientId } = attribution;
  const namesInvoice = corrects !== null;
  const note = { id: creditNoteId, clientId, currency, net: left, issuedAt, namesInvoice };
  if (!(await addCreditNote(tx, note))) return;

  const parts = namesInvoice ? [{ invoiceId: corrects, left }] : await findUncredited(tx, clientId, currency);
  for (const { invoiceId, left: most } of parts) {
    if (left === 0n) break;
    const net = lesser(left, most);
    left -= net;
    const before = await creditedOf(tx, invoiceId);
    await addCredit(tx, { creditNoteId, invoiceId, net, recordedAt: now });
    const line = await findEarned(tx, invoiceId);
    if (line !== null) await takeBack(tx, attribution, line, { creditNoteId, net, before, now });
  }
}

/** What credit notes took back of an invoice. */
export const creditedOf = async (tx: EntityManager, invoiceId: string): Promise<bigint> =>
  (await loadCredits(tx, invoiceId)).reduce((sum, { net }) => sum + net, 0n);

/**
 * Takes back of one invoice's commission the part of one credit note; `before` is what earlier ones took back of the
 * invoice.
 */
export async function takeBack(
  tx: EntityManager,
  attribution: Attribution,
  line: Earned,
  credit: { creditNoteId: string; net: bigint; before: bigint; now: Date },
): Promise<void> {
  const amount = -takenBack(line, credit.before, credit.net);
  await addLine(tx, attribution, { ...line, net: credit.net, amount, creditNoteId: credit.creditNoteId }, credit.now);
}
