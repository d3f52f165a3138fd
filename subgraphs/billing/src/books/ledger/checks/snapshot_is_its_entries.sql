-- From one snapshot of a wallet to the next, what its lots have left moved by what was booked in between.
select format('The snapshot of wallet %s before %s is %s off its entries in lot %s.', s.wallet_id, s.before, d.amount, d.lot_id) as problem
from (
  select wallet_id, before, lot_ids, remaining, lag(before) over previous as last_before, lag(lot_ids) over previous as last_lot_ids,
         lag(remaining) over previous as last_remaining
  from billing.wallet_snapshot window previous as (partition by wallet_id order by before)
) s
cross join lateral (
  select part.lot_id, sum(part.amount) as amount
  from (
    select u.lot_id, u.amount from unnest(s.lot_ids, s.remaining) as u (lot_id, amount)
    union all
    select u.lot_id, -u.amount from unnest(s.last_lot_ids, s.last_remaining) as u (lot_id, amount)
    union all
    select e.lot_id, -e.amount from billing.ledger_entry e
    where e.wallet_id = s.wallet_id and e.booked_at < s.before and e.booked_at >= coalesce(s.last_before, '-infinity')
  ) as part
  group by part.lot_id having sum(part.amount) <> 0
) d
