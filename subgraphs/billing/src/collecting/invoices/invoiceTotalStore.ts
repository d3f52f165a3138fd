import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import { InvoiceTable } from './invoiceTables.ts';

/** What a payer was invoiced for an account, in the smallest unit of the currency; credit notes are taken off. */
export type InvoiceTotalRow = {
  payerId: string;
  accountId: string;
  currency: string;
  invoices: number;
  creditNotes: number;
  net: bigint;
  tax: bigint;
  outstanding: bigint;
};

/** Days of issue, both included, `YYYY-MM-DD`; null leaves it open. */
export type Days = { from: string | null; to: string | null };

const TOTALS: KeysetList = {
  select: 'total.*',
  from: `(
    select owner.id as "payerId", ${columnsOf(InvoiceTable, 'i', ['accountId', 'currency'])},
           count(*) filter (where i.kind = 'INVOICE')::integer as invoices, count(*) filter (where i.kind = 'CREDIT_NOTE')::integer as "creditNotes",
           sum(case i.kind when 'INVOICE' then i.net else -i.net end)::bigint as net,
           sum(case i.kind when 'INVOICE' then i.tax else -i.tax end)::bigint as tax,
           coalesce(sum(st.gross - st.paid), 0)::bigint as outstanding
    from invoice i left join invoice_state st on st.invoice_id = i.id
    where i.payer_id = owner.id and ($1::date is null or i.issued_on >= $1) and ($2::date is null or i.issued_on <= $2)
    group by i.account_id, i.currency
  ) as total`,
  where: 'true',
  keys: [
    { by: 'total."accountId"', kind: 'id' },
    { by: 'total.currency', kind: 'text' },
  ],
};

/** One page per payer, by account and currency. Row-level security decides which invoices exist for this viewer. */
export const loadInvoiceTotals = (
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
  { from, to }: Days,
): Promise<InvoiceTotalRow[]> => loadKeysetPages(tx, TOTALS, { owners, page, values: [from, to] });
