-- A row: a tracker of an account that does not exist.
select format('The tracker %s belongs to the account %s, which is not there.', t.id, t.account_id) as problem
from trackers.tracker t
where not exists (select from accounts.account a where a.id = t.account_id)
