import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';

/** What a change would cost, as it was said to somebody. */
export const quotes = migration(
  140,
  'Quotes',
  `
  -- What a change would cost, as it was said to somebody. What was said is never changed; how far it got is.
  create table quote (
    id uuid primary key,
    kind text not null check (kind in (
      'SUBSCRIPTION_CREATE', 'SUBSCRIPTION_CHANGE', 'SUBSCRIPTION_RENEW', 'CREDITS_BUY', 'CREDITS_ALLOCATE', 'PREPAID_BUY')),
    -- Whom it is about; and whose bill it is, who sees it: the account of the billing profile, of credits that are moved the account that gives them.
    account_id uuid not null,
    owner_id uuid not null,
    profile_id uuid,
    input jsonb not null check (jsonb_typeof(input) = 'object'),
    offer jsonb not null check (jsonb_typeof(offer) = 'object'),
    prepaid_applied bigint not null check (prepaid_applied >= 0),
    due_today bigint not null check (due_today >= 0),
    tax_today bigint not null check (tax_today >= 0),
    charged_today bigint not null check (charged_today = due_today + tax_today),
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    -- A user's id; null when nobody asked, as for an automatic top-up, which then has a reference that names it once.
    created_by uuid,
    reference text unique check (length(reference) between 1 and 200),

    state text not null check (state in ('OPEN', 'PAYING', 'COMMITTED')),
    -- Who commits it under which idempotency key: what is to be remembered when the payment is through.
    commit_account uuid,
    commit_key text check (length(commit_key) between 1 and 200),
    commit_hash bytea,
    payment_id uuid,
    hold_id uuid,
    invoice_id uuid,
    made jsonb,
    committed_at timestamptz,
    check ((state = 'COMMITTED') = (committed_at is not null)),
    check (state <> 'PAYING' or payment_id is not null),
    check ((commit_account is null) = (commit_key is null) and (commit_account is null) = (commit_hash is null))
  );
  create index quote_of_account on quote (account_id, created_at desc, id desc);
  create index quote_of_profile on quote (profile_id) where state = 'PAYING';
  create index quote_of_payment on quote (payment_id) where payment_id is not null;
  create unique index quote_of_key on quote (commit_account, commit_key) where state = 'PAYING' and commit_account is not null;
  -- While one change of a subscription is being paid for, no other one is.
  create unique index quote_being_paid on quote (account_id) where state = 'PAYING' and starts_with(kind, 'SUBSCRIPTION_');

  grant select on quote to ${request}, ${system};
  grant insert, update (state, commit_account, commit_key, commit_hash, payment_id, hold_id, invoice_id, made, committed_at) on quote to ${system};
  alter table quote enable row level security;
  create policy seen on quote for select to ${request} using (${inScope('quote.owner_id', 'BILLING', 'READ')});
  create policy system on quote to ${system} using (true) with check (true);
  `,
);
