-- A committed quote was invoiced, or credited, with what it said; one that is being paid has a payment under way; what is open holds no money.
select format('The quote %s said %s, and %s stands on its invoice.', q.id, q.offer ->> 'prorated', coalesce(i.net, 0)) as problem
from billing.quote q left join billing.invoice i on i.id = q.invoice_id
where q.state = 'COMMITTED' and q.offer ->> 'settlement' = 'SALE'
  and (q.offer ->> 'prorated')::bigint <> coalesce(case i.kind when 'CREDIT_NOTE' then -i.net else i.net end, 0)
union all
select format('The quote %s is being paid, but its payment %s is %s.', q.id, q.payment_id, coalesce(p.state, 'not there'))
from billing.quote q left join billing.payment p on p.id = q.payment_id
where q.state = 'PAYING' and (p.id is null or p.settled_at is not null)
union all
select format('The quote %s charged %s, its payment says %s.', q.id, q.charged_today, coalesce(p.amount_minor, 0))
from billing.quote q left join billing.payment p on p.id = q.payment_id and p.state = 'APPROVED'
where q.state = 'COMMITTED' and q.charged_today <> coalesce(p.amount_minor, 0)
union all
select format('The quote %s is not being paid, but money is set aside for it.', q.id)
from billing.quote q join billing.prepaid_hold h on h.cause ->> 'quoteId' = q.id::text
where h.state = 'HELD' and q.state <> 'PAYING'
