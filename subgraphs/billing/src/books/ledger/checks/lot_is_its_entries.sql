-- A lot began with what was booked into it, apart from what came back to it, and has left what was not booked out of it.
select format('The lot %s has %s of %s left, its entries say %s of %s.', l.id, l.remaining, l.original,
              coalesce(e.remaining, 0), coalesce(e.original, 0)) as problem
from billing.lot l
left join (
  select e.lot_id, sum(e.amount) as remaining, sum(e.amount) filter (where e.amount > 0 and t.type not in ('TAKE_BACK', 'RELEASE')) as original
  from billing.ledger_entry e join billing.ledger_transaction t on t.id = e.transaction_id
  where e.lot_id is not null group by e.lot_id
) e on e.lot_id = l.id
where l.remaining <> coalesce(e.remaining, 0) or l.original <> coalesce(e.original, 0)
