-- N06. A row: a take-over says that it is active and a tracker of it has no open payer, or the other way round.
select format('The delegation %s is %s, its tracker %s has %s open payer.', d.id, d.status, dt.tracker_id,
              case when s.tracker_id is null then 'no' else 'an' end) as problem
from trackers.delegation d
join trackers.delegation_tracker dt on dt.delegation_id = d.id
left join trackers.payer_span s on s.delegation_id = d.id and s.tracker_id = dt.tracker_id and upper_inf(s.valid)
where (d.status = 'ACTIVE') <> (s.tracker_id is not null)
