-- An invoice is the sum of its lines, and the ledger has booked exactly it: revenue and tax, and what is owed or given back for them.
select format('The invoice %s says %s net, its lines %s, revenue %s; tax %s, the tax book %s; kind %s.', i.number, i.net, coalesce(l.net, 0),
              coalesce(e.revenue, 0), i.tax, coalesce(e.tax, 0), i.kind) as problem
from billing.invoice i
left join (select invoice_id, sum(amount) as net from billing.invoice_line group by invoice_id) l on l.invoice_id = i.id
left join (
  select transaction_id, sum(amount) filter (where starts_with(book, 'revenue:')) as revenue, sum(amount) filter (where starts_with(book, 'tax:')) as tax,
         sum(amount) filter (where starts_with(book, 'receivable:')) as receivable, count(distinct kind) as kinds, min(kind) as kind
  from billing.ledger_entry group by transaction_id
) e on e.transaction_id = i.transaction_id
where i.net <> coalesce(l.net, 0)
  or coalesce(e.revenue, 0) <> case i.kind when 'INVOICE' then i.net else -i.net end
  or coalesce(e.tax, 0) <> case i.kind when 'INVOICE' then i.tax else -i.tax end
  or (i.kind = 'INVOICE' and coalesce(e.receivable, 0) <> -i.gross)
  or (e.kinds is not null and (e.kinds <> 1 or e.kind <> 'MONEY:' || i.currency))
union all
select format('The transaction %s books a sale that no invoice says.', t.id)
from billing.ledger_transaction t
where t.type in ('INVOICE', 'CREDIT_NOTE') and not exists (select from billing.invoice i where i.transaction_id = t.id and i.kind = t.type)
