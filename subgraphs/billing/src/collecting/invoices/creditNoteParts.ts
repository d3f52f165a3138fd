import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { Any, type EntityManager } from 'typeorm';
import { lesser } from '../../books/money/money.ts';
import { countCredited } from './invoiceState.ts';
import {
  type CreditNotePart,
  CreditNotePartTable,
  type InvoiceRow,
  type InvoiceState,
  InvoiceStateTable,
  InvoiceTable,
} from './invoiceTables.ts';
import { creditedTax, spread } from './tax.ts';

/**
 * The invoices ($1: of which subscription, $2: on which profile) that paid for the running cycle, with what was taken
 * back of them. A change of frequency carries what was paid for an earlier cycle into the new one without invoicing it
 * again; a renewal bills its cycle anew, and nothing of before is in it.
 */
const OF_CYCLE = `
  from invoice i
  join invoice_state st on st.invoice_id = i.id
  join subscription s on s.id = i.subscription_id
  where i.subscription_id = $1 and i.profile_id = $2 and i.kind = 'INVOICE'
    and not exists (
      select from invoice later where later.subscription_id = i.subscription_id and starts_with(later.reference, 'renewal:') and later.id > i.id)`;

/** What was not taken back yet, by whomever, of the invoices that paid for the running cycle, without tax. */
export async function leftOfCycle(
  tx: EntityManager,
  { subscriptionId, profileId }: { subscriptionId: string; profileId: string },
): Promise<bigint> {
  const [{ left }]: [{ left: bigint }] = await tx.query(
    `select coalesce(sum(i.net - st.credited_net), 0)::bigint as left ${OF_CYCLE}`,
    [subscriptionId, profileId],
  );
  return left;
}

/**
 * The invoice of the running cycle, the last of them, that a credit note of this net amount can take back a part of;
 * null when it takes parts of several.
 */
export async function creditableInvoice(
  tx: EntityManager,
  { subscriptionId, profileId, net }: { subscriptionId: string; profileId: string; net: bigint },
): Promise<string | null> {
  const [row] = await tx.query(
    `select i.id
     from invoice i
     join invoice_state st on st.invoice_id = i.id
     join subscription s on s.id = i.subscription_id
     where i.subscription_id = $1 and i.profile_id = $2 and i.kind = 'INVOICE' and i.net - st.credited_net >= $3
       and exists (select from invoice_line l where l.invoice_id = i.id and l.to_day = s.period_to and l.amount > 0)
     order by i.issued_at desc, i.id desc limit 1`,
    [subscriptionId, profileId, net.toString()],
  );
  return row?.id ?? null;
}

type OfCycle = Pick<InvoiceRow, 'id' | 'net' | 'taxBasisPoints'> &
  Pick<InvoiceState, 'creditedNet'> & { running: boolean };

/**
 * Splits what a change frees over the invoices of the subscription's running cycle, in proportion of what each has
 * left, and locks what is paid of them; what is beyond comes of invoices for earlier cycles that were carried into this
 * one, the latest first. The tax of each is that of the invoice, cumulative: together no more comes back of an invoice,
 * or at a rate, than was charged. What is beyond all of them, which no quote frees, is given back without tax.
 */
export async function partsOfCycle(
  tx: EntityManager,
  { subscriptionId, profileId, net }: { subscriptionId: string; profileId: string; net: bigint },
): Promise<CreditNotePart[]> {
  const rows: OfCycle[] = await tx.query(
    `select ${columnsOf(InvoiceTable, 'i', ['id', 'net', 'taxBasisPoints'])}, ${columnsOf(InvoiceStateTable, 'st', ['creditedNet'])},
            exists (select from invoice_line l where l.invoice_id = i.id and l.to_day = s.period_to and l.amount > 0) as running
     ${OF_CYCLE}
     order by i.id for no key update of st`,
    [subscriptionId, profileId],
  );
  const invoices = rows.map((row) => ({ ...row, left: row.net - row.creditedNet }));
  const running = invoices.filter((one) => one.running);
  const shares = spread(
    net,
    running.map(({ left }) => left),
  );
  const taken = running.map((invoice, at) => ({ ...invoice, share: shares[at] ?? 0n }));
  let beyond = shares.reduce((rest, share) => rest - share, net);
  // Ids follow the order of issue.
  for (const invoice of invoices.filter((one) => !one.running).toReversed()) {
    const share = lesser(beyond, invoice.left);
    taken.push({ ...invoice, share });
    beyond -= share;
  }
  const parts = taken.map(
    ({ id, taxBasisPoints: basisPoints, creditedNet, share }): CreditNotePart => ({
      invoiceId: id,
      basisPoints,
      net: share,
      tax: creditedTax(creditedNet, share, basisPoints),
    }),
  );
  if (beyond > 0n) parts.push({ invoiceId: null, basisPoints: 0, net: beyond, tax: 0n });
  return parts.filter((part) => part.net > 0n);
}

/** Writes the parts of a credit note that was just issued, and counts each as taken back of its invoice. */
export async function addParts(
  tx: EntityManager,
  creditNoteId: string,
  parts: readonly CreditNotePart[],
): Promise<void> {
  if (parts.length === 0) return;
  await tx.insert(
    CreditNotePartTable,
    parts.map((part) => ({ ...part, id: newId(), creditNoteId })),
  );
  for (const { invoiceId, net, tax } of parts) if (invoiceId !== null) await countCredited(tx, invoiceId, { net, tax });
}

export type ShownPart = CreditNotePart & { creditNoteId: string };

/**
 * The parts of credit notes that take back several invoices, in the order of the invoices; none of others. Row-level
 * security decides which exist for this viewer.
 */
export async function loadParts(tx: EntityManager, creditNoteIds: readonly string[]): Promise<ShownPart[]> {
  return await tx.find(CreditNotePartTable, {
    where: { creditNoteId: Any([...creditNoteIds]) },
    order: { creditNoteId: 'ASC', invoiceId: 'ASC' },
  });
}

export type TaxLine = { basisPoints: number; net: bigint; tax: bigint };

/** One line per rate, the highest first. An invoice, and a credit note of one, has one rate. */
export function taxLinesOf(
  whole: { taxBasisPoints: number; net: bigint; tax: bigint },
  parts: readonly CreditNotePart[],
): TaxLine[] {
  if (parts.length === 0) return [{ basisPoints: whole.taxBasisPoints, net: whole.net, tax: whole.tax }];
  const lines = new Map<number, TaxLine>();
  for (const { basisPoints, net, tax } of parts) {
    const line = lines.get(basisPoints) ?? { basisPoints, net: 0n, tax: 0n };
    lines.set(basisPoints, { basisPoints, net: line.net + net, tax: line.tax + tax });
  }
  return [...lines.values()].toSorted((a, b) => b.basisPoints - a.basisPoints);
}
