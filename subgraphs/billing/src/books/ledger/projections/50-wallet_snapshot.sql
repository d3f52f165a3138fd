-- One that is not its entries is thrown away; another is made when it is due again.
select format('A snapshot of wallet %s is not its entries.', s.wallet_id) as problem
from (
  select wallet_id, before, lot_ids, remaining, lag(before) over previous as last_before, lag(lot_ids) over previous as last_lot_ids,
         lag(remaining) over previous as last_remaining
  from billing.wallet_snapshot window previous as (partition by wallet_id order by before)
) s
where exists (
  select from (
    select u.lot_id, u.amount from unnest(s.lot_ids, s.remaining) as u (lot_id, amount)
    union all
    select u.lot_id, -u.amount from unnest(s.last_lot_ids, s.last_remaining) as u (lot_id, amount)
    union all
    select e.lot_id, -e.amount from billing.ledger_entry e
    where e.wallet_id = s.wallet_id and e.booked_at < s.before and e.booked_at >= coalesce(s.last_before, '-infinity')
  ) as part
  group by part.lot_id having sum(part.amount) <> 0)
-- puts
delete from billing.wallet_snapshot
