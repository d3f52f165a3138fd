-- A row: an event id that is stored and waits for its charge at once. The sweep would charge it a second time.
select format('The event id %s of account %s is stored and waits for a charge.', i.sender_key, i.account_id) as problem
from trackers.intake i
join trackers.event e on e.account_id = i.account_id and e.sender_key = i.sender_key
