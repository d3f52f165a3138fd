-- Nothing hangs in the air: an entry or a charge without its transaction, or a lot that none opened, would be outside the seals.
select format('The entry %s is of transaction %s, which does not exist.', e.id, e.transaction_id) as problem
from billing.ledger_entry e left join billing.ledger_transaction t on t.id = e.transaction_id where t.id is null
union all
select format('The charge of event %s is of transaction %s, which does not exist.', c.event_id, c.transaction_id)
from billing.charge c left join billing.ledger_transaction t on t.id = c.transaction_id where t.id is null
union all
select format('A further lot of the charge of event %s is there without the charge.', f.event_id)
from billing.charge_further_lot f left join billing.charge c on c.event_id = f.event_id where c.event_id is null
union all
select format('The lot %s was opened by no transaction.', l.id)
from billing.lot l
where not exists (
  select from billing.ledger_entry e join billing.ledger_transaction t on t.id = e.transaction_id
  where e.lot_id = l.id and e.amount > 0 and t.type not in ('TAKE_BACK', 'RELEASE'))
