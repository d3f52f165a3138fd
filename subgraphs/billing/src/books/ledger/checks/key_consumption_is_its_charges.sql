-- What is counted against the budget of a key is what events recorded by it were charged, and what it bought and allocated or is about to.
select format('The key %s is counted %s credits, its charges and quotes say %s.', coalesce(k.key_id, c.key_id), coalesce(k.consumed, 0),
              coalesce(c.consumed, 0)) as problem
from billing.key_consumption k
full join (
  select key_id, sum(credits)::bigint as consumed from (
    select key_id, credits from billing.charge where key_id is not null
    union all select api_key_id, (offer -> 'terms' ->> 'credits')::bigint from billing.quote where api_key_id is not null
  ) as spent group by key_id
) c on c.key_id = k.key_id
where coalesce(k.consumed, 0) <> coalesce(c.consumed, 0)
