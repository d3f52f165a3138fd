-- What is counted against the budget of a key is what events recorded by it were charged.
select format('The key %s is counted %s credits, its charges say %s.', coalesce(k.key_id, c.key_id), coalesce(k.consumed, 0),
              coalesce(c.credits, 0)) as problem
from billing.key_consumption k
full join (select key_id, sum(credits) as credits from billing.charge where key_id is not null group by key_id) c on c.key_id = k.key_id
where coalesce(k.consumed, 0) <> coalesce(c.credits, 0)
