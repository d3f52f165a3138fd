import type { EntityManager } from 'typeorm';
import { lesser } from '../books/money/money.ts';
import { type Billed, earned } from './commission.ts';
import {
  addCredit,
  addLine,
  findAttribution,
  findEarned,
  findLeftOver,
  findTerms,
  holdClient,
  loadCredits,
} from './commissionStore.ts';
import { takeBack } from './reverse.ts';

/**
 * Books what a partner earns when a client that it brought has paid an invoice in full (A74, A75): once per invoice,
 * however often it is called. Nothing when no one brought the payer, the months of the terms are over, or somebody
 * else's profile pays (A76). In the transaction that makes the invoice paid. The terms are those of the day on which it
 * was issued; what credit notes took back before it was paid is taken back at once.
 */
export async function earnCommission(
  tx: EntityManager,
  { invoice, now }: { invoice: Billed; now: Date },
): Promise<void> {
  if (invoice.kind !== 'INVOICE' || invoice.net <= 0n) return;
  const attribution = await findAttribution(tx, invoice.payerId);
  if (attribution === null) return;
  await holdClient(tx, attribution);
  if ((await findEarned(tx, invoice.id)) !== null) return;

  const { id: invoiceId, currency, net, issuedAt } = invoice;
  const terms = await findTerms(tx, attribution.partnerId, issuedAt);
  const amount = earned(terms, { net, issuedAt, attributedAt: attribution.attributedAt });
  if (amount === 0n) return;
  const line = { invoiceId, currency, net, basisPoints: terms.basisPoints, amount };
  await addLine(tx, attribution, { ...line, creditNoteId: null }, now);
  let before = 0n;
  for (const credit of await loadCredits(tx, invoiceId)) {
    await takeBack(tx, attribution, line, { ...credit, before, now });
    before += credit.net;
  }
  const { clientId } = attribution;
  for (const { creditNoteId, left } of await findLeftOver(tx, { clientId, currency, billedAt: issuedAt })) {
    const most = net - before;
    if (most <= 0n) break;
    const part = { creditNoteId, net: lesser(left, most) };
    await addCredit(tx, { ...part, invoiceId, recordedAt: now });
    await takeBack(tx, attribution, line, { ...part, before, now });
    before += part.net;
  }
}
