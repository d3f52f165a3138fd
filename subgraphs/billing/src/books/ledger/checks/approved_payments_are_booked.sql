-- What a card was charged came in: each approved payment stands in the books once, with its amount.
select format('Payment %s of %s %s was approved, and %s of it came in by card.', p.id, p.amount_minor, p.currency, coalesce(booked.amount, 0)) as problem
from billing.payment p
left join (
  select t.cause->>'paymentId' as payment_id, e.kind, -sum(e.amount) as amount
  from billing.ledger_entry e
  join billing.ledger_transaction t on t.id = e.transaction_id
  where e.book = 'card:' || e.kind
  group by t.cause->>'paymentId', e.kind
) booked on booked.payment_id = p.id::text and booked.kind = 'MONEY:' || p.currency
where p.state = 'APPROVED' and coalesce(booked.amount, 0) <> p.amount_minor
