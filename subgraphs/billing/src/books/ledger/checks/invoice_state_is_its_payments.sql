-- What an invoice shows as paid is what was paid of it, each part as the ledger has booked it; and what it shows as taken back is its credit notes.
select format('The invoice %s shows %s paid and %s + %s taken back; its payments are %s, its credit notes %s + %s.', i.number, s.paid, s.credited_net,
              s.credited_tax, coalesce(p.paid, 0), coalesce(c.net, 0), coalesce(c.tax, 0)) as problem
from billing.invoice i
left join billing.invoice_state s on s.invoice_id = i.id
left join (select invoice_id, sum(amount) as paid from billing.invoice_payment group by invoice_id) p on p.invoice_id = i.id
left join (select corrects_id, sum(net) as net, sum(tax) as tax from (
  select corrects_id, net, tax from billing.invoice where corrects_id is not null
  union all select invoice_id, net, tax from billing.credit_note_part where invoice_id is not null
) as taken group by corrects_id) c
  on c.corrects_id = i.id
where i.kind = 'INVOICE'
  and (s.invoice_id is null or s.gross <> i.gross or s.paid <> coalesce(p.paid, 0) or s.credited_net <> coalesce(c.net, 0)
       or s.credited_tax <> coalesce(c.tax, 0) or s.credited_net > i.net or s.credited_tax > i.tax)
union all
select format('The invoice payment %s is %s, the ledger says %s.', p.id, p.amount, coalesce(e.receivable, 0))
from billing.invoice_payment p
left join (
  select transaction_id, sum(amount) as receivable from billing.ledger_entry where starts_with(book, 'receivable:') group by transaction_id
) e on e.transaction_id = p.transaction_id
where p.amount <> coalesce(e.receivable, 0)
union all
select format('The credit note %s is paid like an invoice.', i.number)
from billing.invoice i join billing.invoice_state s on s.invoice_id = i.id
where i.kind = 'CREDIT_NOTE'
