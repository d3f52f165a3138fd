-- A statement is what the ledger has booked for its partner, currency and month (A75): nothing was booked on a month once it was closed.
select format('The statement %s of %s for %s says %s earned and %s reversed, the ledger %s and %s.', s.id, s.partner_id, s.month, s.earned, s.reversed,
              coalesce(b.earned, 0), coalesce(b.reversed, 0)) as problem
from billing.commission_statement s
left join (
  select t.cause ->> 'partnerId' as partner_id, e.kind, t.cause ->> 'month' as month,
         coalesce(sum(e.amount) filter (where t.type = 'COMMISSION'), 0) as earned,
         coalesce(-sum(e.amount) filter (where t.type = 'COMMISSION_REVERSAL'), 0) as reversed
  from billing.ledger_transaction t
  join billing.ledger_entry e on e.transaction_id = t.id and starts_with(e.book, 'commission-owed:')
  where t.type in ('COMMISSION', 'COMMISSION_REVERSAL')
  group by 1, 2, 3
) b on b.partner_id = s.partner_id::text and b.kind = 'MONEY:' || s.currency and b.month = s.month
where s.earned <> coalesce(b.earned, 0) or s.reversed <> coalesce(b.reversed, 0)
