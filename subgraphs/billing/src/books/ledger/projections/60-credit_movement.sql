-- The history of what is not a charge.
select format('The history of wallet %s shows %s for transaction %s, the ledger %s.', coalesce(m.wallet_id, e.wallet_id), coalesce(m.credits, 0),
              coalesce(m.transaction_id, e.transaction_id), coalesce(e.credits, 0)) as problem
from billing.credit_movement m
full join (
  select e.wallet_id, e.transaction_id, e.booked_at, sum(e.amount) as credits
  from billing.ledger_entry e join billing.ledger_transaction t on t.id = e.transaction_id
  where e.wallet_id is not null and not starts_with(e.kind, 'MONEY:') and t.type <> 'CHARGE'
  group by e.wallet_id, e.transaction_id, e.booked_at having sum(e.amount) <> 0
) e on e.wallet_id = m.wallet_id and e.transaction_id = m.transaction_id and e.booked_at = m.booked_at
where coalesce(m.credits, 0) <> coalesce(e.credits, 0)
-- puts
delete from billing.credit_movement;
insert into billing.credit_movement (wallet_id, booked_at, transaction_id, credits)
select e.wallet_id, e.booked_at, e.transaction_id, sum(e.amount)::bigint
from billing.ledger_entry e join billing.ledger_transaction t on t.id = e.transaction_id
where e.wallet_id is not null and not starts_with(e.kind, 'MONEY:') and t.type <> 'CHARGE'
group by e.wallet_id, e.booked_at, e.transaction_id having sum(e.amount) <> 0
