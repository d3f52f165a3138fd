-- U14, A27. A row: somebody was told that the account is ready, and the account or its wallet is not there.
select format('The account %s is said to be ready, without %s.', m.account_id,
              case when a.id is null then 'an account' else 'a wallet' end) as problem
from identity.membership m
left join accounts.account a on a.id = m.account_id
left join billing.wallet w on w.account_id = m.account_id and w.kind = 'TRACKER'
where m.account_ready and (a.id is null or w.id is null)
