-- Per currency, what customers owe by the books is what is outstanding of all invoices; revenue and tax are the invoices less the credit notes.
select format('%s: the books say owed %s, revenue %s, tax %s; the invoices %s, %s, %s.', coalesce(b.currency, i.currency), coalesce(-b.receivable, 0),
              coalesce(b.revenue, 0), coalesce(b.tax, 0), coalesce(i.owed, 0), coalesce(i.net, 0), coalesce(i.tax, 0)) as problem
from (
  select substr(kind, 7) as currency, sum(amount) filter (where starts_with(book, 'receivable:')) as receivable,
         sum(amount) filter (where starts_with(book, 'revenue:')) as revenue, sum(amount) filter (where starts_with(book, 'tax:')) as tax
  from billing.ledger_entry where starts_with(kind, 'MONEY:') and book is not null group by kind
) b
full join (
  select i.currency, sum(s.gross - s.paid) as owed, sum(case i.kind when 'INVOICE' then i.net else -i.net end) as net,
         sum(case i.kind when 'INVOICE' then i.tax else -i.tax end) as tax
  from billing.invoice i left join billing.invoice_state s on s.invoice_id = i.id group by i.currency
) i on i.currency = b.currency
where coalesce(-b.receivable, 0) <> coalesce(i.owed, 0) or coalesce(b.revenue, 0) <> coalesce(i.net, 0) or coalesce(b.tax, 0) <> coalesce(i.tax, 0)
