-- A lot began with what was booked into it and has left what was not booked out of it.
select format('The lot %s has %s of %s left, its entries say %s of %s.', l.id, l.remaining, l.original,
              coalesce(e.remaining, 0), coalesce(e.original, 0)) as problem
from billing.lot l
left join (
  select lot_id, sum(amount) as remaining, sum(amount) filter (where amount > 0) as original
  from billing.ledger_entry where lot_id is not null group by lot_id
) e on e.lot_id = l.id
where l.remaining <> coalesce(e.remaining, 0) or l.original <> coalesce(e.original, 0)
