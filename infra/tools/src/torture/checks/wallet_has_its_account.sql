-- A row: a wallet of an account that does not exist. Accounts are opened first, wallets after them.
select format('The wallet %s belongs to the account %s, which is not there.', w.id, w.account_id) as problem
from billing.wallet w
where not exists (select from accounts.account a where a.id = w.account_id)
