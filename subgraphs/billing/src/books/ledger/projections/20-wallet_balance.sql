select format('The wallet %s shows %s, its entries sum to %s.', w.id, w.balance, coalesce(e.balance, 0)) as problem
from billing.wallet w
left join (select wallet_id, sum(amount)::bigint as balance from billing.ledger_entry where wallet_id is not null group by wallet_id) e on e.wallet_id = w.id
where w.balance <> coalesce(e.balance, 0)
-- puts
update billing.wallet w set balance = coalesce(e.balance, 0)
from billing.wallet every
left join (select wallet_id, sum(amount)::bigint as balance from billing.ledger_entry where wallet_id is not null group by wallet_id) e on e.wallet_id = every.id
where w.id = every.id and w.balance <> coalesce(e.balance, 0)
