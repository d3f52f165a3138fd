-- A wallet's balance is a projection of the ledger.
select format('The wallet %s shows %s, its entries sum to %s.', w.id, w.balance, coalesce(e.booked, 0)) as problem
from billing.wallet w
left join (select wallet_id, sum(amount) as booked from billing.ledger_entry where wallet_id is not null group by wallet_id) e
  on e.wallet_id = w.id
where w.balance <> coalesce(e.booked, 0)
