-- A scan and its charge are one thing. A row: an event that nobody was charged for, or whose charge says something else than the event.
select format('The event %s has %s.', e.id,
              case when c.event_id is null then 'no charge' else 'a charge that differs from it' end) as problem
from trackers.event e
left join billing.charge c on c.event_id = e.charge_id
where e.charge_id <> e.id
   or (c.payer_id, c.owner_id, c.tracker_id, c.credits, c.occurred_at)
      is distinct from (e.payer_id, e.account_id, e.tracker_id, e.credits, e.occurred_at)
