import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';

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

/**
 * One page per payer, by account and currency. Row-level security decides which invoices exist for this viewer. No
 * `KeysetList`: its rows are sums.
 */
export async function loadInvoiceTotals(
  tx: EntityManager,
  payerIds: readonly string[],
  page: Page,
  { from, to }: Days,
): Promise<InvoiceTotalRow[]> {
  const [accountId, currency] = page.after ?? [null, null];
  return await tx.query(
    `select payer.id as "payerId", found.*
     from unnest($1::uuid[]) as payer (id)
     cross join lateral (
       select i.account_id as "accountId", i.currency,
              count(*) filter (where i.kind = 'INVOICE')::integer as invoices, count(*) filter (where i.kind = 'CREDIT_NOTE')::integer as "creditNotes",
              sum(case i.kind when 'INVOICE' then i.net else -i.net end)::bigint as net,
              sum(case i.kind when 'INVOICE' then i.tax else -i.tax end)::bigint as tax,
              coalesce(sum(st.gross - st.paid), 0)::bigint as outstanding
       from invoice i left join invoice_state st on st.invoice_id = i.id
       where i.payer_id = payer.id and ($2::date is null or i.issued_on >= $2) and ($3::date is null or i.issued_on <= $3)
         and ($4::uuid is null or (i.account_id, i.currency) > ($4, $5::text))
       group by i.account_id, i.currency
       order by i.account_id, i.currency
       limit $6
     ) as found`,
    [payerIds, from, to, accountId, currency, page.first + 1],
  );
}
