select format('The lot %s has %s left, its entries say %s.', l.id, l.remaining, coalesce(e.remaining, 0)) as problem
from billing.lot l
left join (select lot_id, sum(amount)::bigint as remaining from billing.ledger_entry where lot_id is not null group by lot_id) e on e.lot_id = l.id
where l.remaining <> coalesce(e.remaining, 0)
-- puts
update billing.lot l set remaining = coalesce(e.remaining, 0)
from billing.lot every
left join (select lot_id, sum(amount)::bigint as remaining from billing.ledger_entry where lot_id is not null group by lot_id) e on e.lot_id = every.id
where l.id = every.id and l.remaining <> coalesce(e.remaining, 0)
