-- What charges took out of a wallet per hour, for as far back as hours are kept.
select format('The wallet %s shows %s consumed in the hour of %s, the ledger %s.', coalesce(h.wallet_id, e.wallet_id), coalesce(h.credits, 0),
              coalesce(h.hour, e.hour), coalesce(e.credits, 0)) as problem
from billing.wallet_hour h
full join (
  select e.wallet_id, date_trunc('hour', e.booked_at, 'UTC') as hour, -sum(e.amount) as credits
  from billing.ledger_entry e join billing.ledger_transaction t on t.id = e.transaction_id
  where e.wallet_id is not null and t.type = 'CHARGE' and e.booked_at >= (select min(hour) from billing.wallet_hour)
  group by 1, 2
) e on e.wallet_id = h.wallet_id and e.hour = h.hour
where coalesce(h.credits, 0) <> coalesce(e.credits, 0)
-- puts
with kept as (
  select coalesce(min(hour), 'infinity') as since from billing.wallet_hour
), gone as (
  delete from billing.wallet_hour h
  where not exists (
    select from billing.ledger_entry e join billing.ledger_transaction t on t.id = e.transaction_id
    where e.wallet_id = h.wallet_id and t.type = 'CHARGE' and e.booked_at >= h.hour and e.booked_at < h.hour + interval '1 hour')
)
insert into billing.wallet_hour (wallet_id, hour, credits)
select e.wallet_id, date_trunc('hour', e.booked_at, 'UTC'), -sum(e.amount)::bigint
from billing.ledger_entry e join billing.ledger_transaction t on t.id = e.transaction_id, kept
where e.wallet_id is not null and t.type = 'CHARGE' and e.booked_at >= kept.since
group by 1, 2
on conflict (wallet_id, hour) do update set credits = excluded.credits
