-- What is earned and taken back is what the ledger has booked as owed to the partner, and the other way round.
select format('The commission line %s says %s %s for %s in %s, its ledger transaction %s otherwise.', l.id, l.amount, l.currency, l.partner_id, l.month,
              coalesce(t.id::text, 'none')) as problem
from billing.commission_line l
full join (
  select t.id, t.type, e.kind, e.amount, t.cause
  from billing.ledger_transaction t
  join billing.ledger_entry e on e.transaction_id = t.id and starts_with(e.book, 'commission-owed:')
  where t.type in ('COMMISSION', 'COMMISSION_REVERSAL')
) t on t.id = l.transaction_id
where not (l.amount = 0 and t.id is null)
  and (l.id is null or t.id is null or t.amount <> l.amount or t.kind <> 'MONEY:' || l.currency or t.cause ->> 'partnerId' <> l.partner_id::text
    or t.cause ->> 'clientId' <> l.client_id::text or t.cause ->> 'invoiceId' <> l.invoice_id::text or t.cause ->> 'month' <> l.month
    or t.type <> case l.kind when 'EARNED' then 'COMMISSION' else 'COMMISSION_REVERSAL' end)
