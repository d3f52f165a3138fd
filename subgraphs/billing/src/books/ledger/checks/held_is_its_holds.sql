-- What the books hold aside is the holds that are held, each of them for a payment under way; each came out of wallets, and one that is settled is so in the books.
select format('%s: the books hold %s aside, the holds are %s.', coalesce(b.currency, h.currency), coalesce(b.held, 0), coalesce(h.held, 0)) as problem
from (
  select substr(kind, 7) as currency, sum(amount) as held from billing.ledger_entry where starts_with(book, 'held:') group by kind
) b
full join (select currency, sum(amount) as held from billing.prepaid_hold where state = 'HELD' group by currency) h on h.currency = b.currency
where coalesce(b.held, 0) <> coalesce(h.held, 0)
union all
select format('The hold %s waits for no payment that is under way.', h.id)
from billing.prepaid_hold h
where h.state = 'HELD' and not exists (
  select from billing.payment p
  where p.state in ('PENDING', 'NEEDS_ACTION') and p.purpose_id::text in (select value from jsonb_each_text(h.cause)))
union all
select format('The hold %s is %s of %s, the books say %s set aside.', h.id, h.state, h.amount, coalesce(e.held, 0))
from billing.prepaid_hold h
left join (
  select transaction_id, sum(amount) as held from billing.ledger_entry where starts_with(book, 'held:') group by transaction_id
) e on e.transaction_id = h.transaction_id
where h.amount <> coalesce(e.held, 0)
union all
select format('The hold %s is %s, but no transaction says so.', h.id, h.state)
from billing.prepaid_hold h
where h.state <> 'HELD' and not exists (
  select from billing.ledger_transaction t
  where t.reference = case h.state when 'USED' then 'hold-used:' else 'release:' end || h.id)
