-- A row: a charge with neither an event nor an intake from which the sweep will make one. Somebody paid for nothing.
select format('The charge of event %s has no event, and nothing waits to become one.', c.event_id) as problem
from billing.charge c
where not exists (select from trackers.event e where e.id = c.event_id)
  and not exists (select from trackers.intake i where i.id = c.event_id)
