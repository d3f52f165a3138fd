import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';

/** Subscriptions, and what changed them. */
export const subscriptions = migration(
  141,
  'Subscriptions',
  `
  -- What an account has subscribed to, at the price at which it was sold (A19-A25). One per account, whose purchase date stays (A54).
  create table subscription (
    id uuid primary key,
    account_id uuid not null unique,
    -- The chosen billing profile and its account; null while nothing is to be paid.
    profile_id uuid,
    payer_id uuid,
    -- The one that paid for the running cycle: what is given back of it is its.
    cycle_profile_id uuid,
    terms jsonb not null check (jsonb_typeof(terms) = 'object'),
    -- What a cycle costs, in the smallest unit of the currency; null without a profile.
    currency text,
    per_cycle bigint not null check (per_cycle between 0 and 9007199254740991),
    -- Renewal days are counted from the anchor, so that the 29th to 31st come back after a short month (A33-A35). Days in the time zone.
    anchor date not null,
    period_index integer not null check (period_index >= 0),
    period_from date not null,
    period_to date not null check (period_to > period_from),
    time_zone text not null,
    -- When the period ends: the beginning of its last day plus one, in the time zone. Null once it has expired.
    due_at timestamptz,
    status text not null check (status in ('ACTIVE', 'CANCELLED', 'EXPIRED')),
    purchased_at timestamptz not null,
    cancelled_at timestamptz,
    disabled_at timestamptz,
    expired_at timestamptz,
    -- The one free renewal of an expired trial.
    trial_renewed_at timestamptz,
    check ((profile_id is null) = (payer_id is null) and (profile_id is null) = (currency is null)),
    check (profile_id is not null or per_cycle = 0),
    check ((status = 'EXPIRED') = (due_at is null) and (status = 'EXPIRED') = (expired_at is not null)),
    check (status <> 'CANCELLED' or cancelled_at is not null)
  );
  create index subscription_due on subscription (due_at) where due_at is not null;
  create index subscription_of_profile on subscription (profile_id) where profile_id is not null;

  -- Everything that became of it, in order; never changed.
  create table subscription_change (
    id uuid primary key,
    subscription_id uuid not null references subscription (id),
    account_id uuid not null,
    owner_id uuid not null,
    kind text not null check (kind in (
      'CREATED', 'UPGRADED', 'DOWNGRADED', 'CHANGED', 'RENEWED', 'RESUMED', 'TRIAL_EXTENDED', 'CANCELLED', 'DISABLED', 'ENABLED', 'PROFILE_CHOSEN', 'EXPIRED')),
    changed_at timestamptz not null,
    changed_by uuid,
    quote_id uuid references quote (id),
    invoice_id uuid,
    period_from date not null,
    period_to date not null,
    terms jsonb not null,
    currency text,
    per_cycle bigint not null
  );
  create index change_of_subscription on subscription_change (subscription_id, changed_at desc, id desc);

  grant select on subscription, subscription_change to ${request}, ${system};
  grant insert on subscription, subscription_change to ${system};
  grant update (profile_id, payer_id, cycle_profile_id, terms, currency, per_cycle, anchor, period_index, period_from, period_to, time_zone, due_at, status,
                cancelled_at, disabled_at, expired_at, trial_renewed_at) on subscription to ${system};

  alter table subscription enable row level security;
  create policy seen on subscription for select to ${request} using (${inScope('subscription.account_id', 'BILLING', 'READ')});
  create policy system on subscription to ${system} using (true) with check (true);

  -- As the subscription: what it costs is only shown to who pays, which the store sees to.
  alter table subscription_change enable row level security;
  create policy seen on subscription_change for select to ${request} using (${inScope('subscription_change.account_id', 'BILLING', 'READ')});
  create policy system on subscription_change to ${system} using (true) with check (true);
  `,
);
