-- A subscription stands as the last thing that became of it left it, and every paid cycle that a renewal began has an invoice of its own.
select format('The subscription %s is in the cycle from %s, its history says %s.', s.id, s.period_from, c.period_from) as problem
from billing.subscription s
left join lateral (
  select period_from, period_to, per_cycle from billing.subscription_change c where c.subscription_id = s.id order by c.changed_at desc, c.seq desc limit 1
) c on true
where c.period_from is distinct from s.period_from or c.period_to is distinct from s.period_to or c.per_cycle is distinct from s.per_cycle
union all
select format('The cycle from %s of subscription %s was renewed %s times.', c.period_from, c.subscription_id, count(*))
from billing.subscription_change c
where c.kind = 'RENEWED'
group by c.subscription_id, c.period_from
having count(*) > 1
