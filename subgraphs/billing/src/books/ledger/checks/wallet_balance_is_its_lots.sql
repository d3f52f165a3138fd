-- What a wallet holds is what its lots have left.
select format('The wallet %s shows %s, its lots have %s left.', w.id, w.balance, coalesce(l.remaining, 0)) as problem
from billing.wallet w
left join (select wallet_id, sum(remaining) as remaining from billing.lot group by wallet_id) l on l.wallet_id = w.id
where w.balance <> coalesce(l.remaining, 0)
