-- Double entry: every transaction sums to zero per kind, and none is empty.
select format('The ledger transaction %s sums to %s %s.', e.transaction_id, sum(e.amount), e.kind) as problem
from billing.ledger_entry e
group by e.transaction_id, e.kind
having sum(e.amount) <> 0
union all
select format('The ledger transaction %s has no entries.', t.id)
from billing.ledger_transaction t
where not exists (select from billing.ledger_entry e where e.transaction_id = t.id)
