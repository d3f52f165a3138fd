-- A row: the credits that the books call consumed, and those of all charges, are not the same sum.
select format('The books say %s consumed, the charges add up to %s.', consumed, charged) as problem
from (select coalesce(sum(amount), 0) as consumed from billing.ledger_entry where book = 'consumed:TRACKER') as books,
     (select coalesce(sum(credits), 0) as charged from billing.charge) as charges
where consumed <> charged
