-- Per transaction and lot, the charges add up to the entry; and a charge's lots add up to its credits.
select format('The charges of transaction %s on lot %s add up to %s, its entries to %s.', coalesce(c.transaction_id, e.transaction_id),
              coalesce(c.lot_id, e.lot_id), coalesce(c.credits, 0), coalesce(e.credits, 0)) as problem
from (
  select transaction_id, lot_id, sum(credits) as credits
  from (
    select transaction_id, lot_id, lot_credits as credits from billing.charge
    union all
    select charge.transaction_id, further.lot_id, further.credits
    from billing.charge_further_lot further join billing.charge on charge.event_id = further.event_id
  ) as part
  group by transaction_id, lot_id
) c
full join (
  select e.transaction_id, e.lot_id, -sum(e.amount) as credits
  from billing.ledger_entry e join billing.ledger_transaction t on t.id = e.transaction_id
  where t.type = 'CHARGE' and e.wallet_id is not null
  group by e.transaction_id, e.lot_id
) e on e.transaction_id = c.transaction_id and e.lot_id = c.lot_id
where coalesce(c.credits, 0) <> coalesce(e.credits, 0)
union all
select format('The charge of event %s is %s, its lots paid %s.', c.event_id, c.credits, c.lot_credits + coalesce(f.credits, 0))
from billing.charge c
left join (select event_id, sum(credits) as credits from billing.charge_further_lot group by event_id) f on f.event_id = c.event_id
where c.credits <> c.lot_credits + coalesce(f.credits, 0)
