-- A wallet of prepaid money belongs to the account of its billing profile, and is in the profile's currency.
select format('The wallet %s of profile %s holds %s for the account %s, the profile is of %s in %s.', w.id, w.profile_id, w.kind, w.account_id, p.account_id, p.currency) as problem
from billing.wallet w left join billing.billing_profile p on p.id = w.profile_id
where w.profile_id is not null and (p.id is null or p.account_id <> w.account_id or w.kind <> 'MONEY:' || p.currency)
