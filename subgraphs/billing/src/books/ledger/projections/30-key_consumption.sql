select format('The key %s is counted %s credits, its charges and quotes say %s.', k.key_id, k.consumed, coalesce(c.consumed, 0)) as problem
from billing.key_consumption k
left join (
  select key_id, sum(credits)::bigint as consumed from (
    select key_id, credits from billing.charge where key_id is not null
    union all select api_key_id, (offer -> 'terms' ->> 'credits')::bigint from billing.quote where api_key_id is not null
  ) as spent group by key_id
) c on c.key_id = k.key_id
where k.consumed <> coalesce(c.consumed, 0)
-- puts
update billing.key_consumption k set consumed = coalesce(c.consumed, 0)
from billing.key_consumption every
left join (
  select key_id, sum(credits)::bigint as consumed from (
    select key_id, credits from billing.charge where key_id is not null
    union all select api_key_id, (offer -> 'terms' ->> 'credits')::bigint from billing.quote where api_key_id is not null
  ) as spent group by key_id
) c on c.key_id = every.key_id
where k.key_id = every.key_id and k.consumed <> coalesce(c.consumed, 0)
