-- A payout is the sum of its statements, a statement is paid once, and what was paid is what the ledger has booked.
select format('The payout %s is %s %s, its statements come to %s.', p.id, p.amount, p.currency, coalesce(s.total, 0)) as problem
from billing.commission_payout p
left join (
  select ps.payout_id, sum(s.earned - s.reversed) as total, bool_and(s.partner_id = p.partner_id and s.currency = p.currency) as fit
  from billing.commission_payout_statement ps
  join billing.commission_statement s on s.id = ps.statement_id
  join billing.commission_payout p on p.id = ps.payout_id
  group by ps.payout_id
) s on s.payout_id = p.id
where s.total is null or s.total <> p.amount or not s.fit
union all
select format('The statement %s is paid by %s payouts.', ps.statement_id, count(*))
from billing.commission_payout_statement ps join billing.commission_payout p on p.id = ps.payout_id
where p.state <> 'FAILED'
group by ps.statement_id having count(*) > 1
union all
select format('The payout %s and the ledger transaction %s differ.', coalesce(p.id::text, 'none'), coalesce(t.id::text, 'none'))
from (select * from billing.commission_payout where state = 'PAID') p
full join (
  select t.id, t.cause, e.amount, e.kind
  from billing.ledger_transaction t
  join billing.ledger_entry e on e.transaction_id = t.id and starts_with(e.book, 'commission-owed:')
  where t.type = 'PAYOUT'
) t on t.id = p.transaction_id
where p.id is null or t.id is null or -t.amount <> p.amount or t.kind <> 'MONEY:' || p.currency or t.cause ->> 'partnerId' <> p.partner_id::text
