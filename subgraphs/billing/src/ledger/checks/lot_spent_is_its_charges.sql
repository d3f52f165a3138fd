-- What a lot has spent is what charges took from it.
select format('The lot %s has spent %s, its charges took %s.', l.id, l.original - l.remaining, coalesce(c.credits, 0)) as problem
from billing.lot l
left join (
  select lot_id, sum(credits) as credits
  from (
    select lot_id, lot_credits as credits from billing.charge
    union all
    select lot_id, credits from billing.charge_further_lot
  ) as part
  group by lot_id
) c on c.lot_id = l.id
where l.original - l.remaining <> coalesce(c.credits, 0)
