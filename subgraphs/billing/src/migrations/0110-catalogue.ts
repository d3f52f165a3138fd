import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';

/** What the catalogue says is everybody's to read and the staff's to write; it is no account's. */
const catalogueTable = (table: string, changes = ''): string => `
    grant select, insert on ${table} to ${request};
    grant select on ${table} to ${system};
    ${changes === '' ? '' : `grant update (${changes}) on ${table} to ${request};`}
    alter table ${table} enable row level security;
    create policy seen on ${table} for select to ${request} using (true);
    create policy added on ${table} for insert to ${request} with check ((select access.viewer_is_staff()));
    create policy changed on ${table} for update to ${request} using ((select access.viewer_is_staff())) with check ((select access.viewer_is_staff()));
    create policy system on ${table} for select to ${system} using (true);`;

/** What is sold, at which prices. */
export const catalogue = migration(
  110,
  'Catalogue',
  `
  create table catalogue_plan (
    id uuid primary key,
    price_version text not null check (price_version in ('V1', 'V3')),
    product text not null check (product ~ '^[A-Z][A-Z0-9_]{0,39}$'),
    plan text not null check (plan ~ '^[A-Z][A-Z0-9_]{0,39}$'),
    title text not null check (length(title) between 1 and 60),
    kind text not null check (kind in ('TRIAL', 'SANDBOX', 'PAID')),
    rank smallint not null check (rank between 0 and 9999),
    trial_days smallint check (trial_days between 1 and 366),
    features text[] not null check (features <@ array['SMS']),
    -- Which add-ons it may have; what they cost stands with the prices.
    add_ons text[] not null,
    retired_at timestamptz,
    position text collate "C" not null generated always as (price_version || '.' || product || '.' || lpad(rank::text, 4, '0')) stored,
    unique (price_version, product, plan),
    -- V1 has what is free, V3 what is paid for.
    check ((kind = 'PAID') = (price_version = 'V3')),
    check ((kind = 'TRIAL') = (trial_days is not null))
  );
  create index catalogue_plan_in_order on catalogue_plan (position, id);

  -- Append-only: the latest row of an item holds. Removed means that the plan has no such limit any more.
  create table catalogue_limit (
    id uuid primary key,
    plan_id uuid not null references catalogue_plan (id),
    item text not null check (item ~ '^[A-Z][A-Z0-9_]{0,39}$'),
    title text not null check (length(title) between 1 and 60),
    included bigint not null check (included between 0 and 1000000000),
    offered bigint[] not null,
    custom_least bigint check (custom_least between 0 and 1000000000),
    custom_most bigint check (custom_most between custom_least and 1000000000),
    step bigint not null check (step between 1 and 1000000000),
    removed boolean not null,
    set_at timestamptz not null,
    set_by uuid,
    check (num_nulls(custom_least, custom_most) in (0, 2))
  );
  create index catalogue_limit_of_plan on catalogue_limit (plan_id, item, set_at desc, id desc);

  -- Append-only: of each price the latest row holds whose time has come. Without an amount it is not sold like that any more.
  create table catalogue_price (
    id uuid primary key,
    plan_id uuid not null references catalogue_plan (id),
    part text not null check (part in ('CONTACTS', 'LIMIT', 'ADD_ON')),
    -- The number of contacts, the limited item of which this is a step, or the add-on.
    item text not null check (item ~ '^([1-9][0-9]{0,8}|[A-Z][A-Z0-9_]{0,39})$'),
    frequency text not null check (frequency in ('MONTHLY', 'ANNUAL')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount bigint check (amount between 0 and 100000000000),
    effective_from timestamptz not null,
    set_at timestamptz not null,
    set_by uuid,
    check ((part = 'CONTACTS') = (item ~ '^[0-9]'))
  );
  create index catalogue_price_that_holds on catalogue_price (plan_id, part, item, frequency, currency, effective_from desc, id desc);
  create index catalogue_price_of_plan on catalogue_price (plan_id, effective_from desc, id desc);

  create table credit_pack (
    id uuid primary key,
    kind text not null check (kind in ('TRACKER', 'SMS', 'INBOX_PREVIEW')),
    credits bigint not null check (credits between 1 and 1000000000),
    retired_at timestamptz,
    position text collate "C" not null generated always as (kind || '.' || lpad(credits::text, 10, '0')) stored
  );
  create index credit_pack_in_order on credit_pack (position, id);

  -- As catalogue_price.
  create table credit_pack_price (
    id uuid primary key,
    pack_id uuid not null references credit_pack (id),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount bigint check (amount between 0 and 100000000000),
    effective_from timestamptz not null,
    set_at timestamptz not null,
    set_by uuid
  );
  create index credit_pack_price_that_holds on credit_pack_price (pack_id, currency, effective_from desc, id desc);
  create index credit_pack_price_of_pack on credit_pack_price (pack_id, effective_from desc, id desc);

  ${catalogueTable('catalogue_plan', 'title, rank, features, add_ons, retired_at')}
  ${catalogueTable('catalogue_limit')}
  ${catalogueTable('catalogue_price')}
  ${catalogueTable('credit_pack', 'retired_at')}
  ${catalogueTable('credit_pack_price')}

  -- Append-only: a partner's latest row holds.
  create table reseller_discount (
    id uuid primary key,
    account_id uuid not null,
    basis_points integer not null check (basis_points between 0 and 10000),
    set_at timestamptz not null,
    set_by uuid not null
  );
  create index reseller_discount_of_account on reseller_discount (account_id, set_at desc, id desc);
  grant select, insert on reseller_discount to ${request};
  grant select on reseller_discount to ${system};
  alter table reseller_discount enable row level security;
  create policy seen on reseller_discount for select to ${request} using (${inScope('reseller_discount.account_id', 'BILLING', 'READ')});
  create policy added on reseller_discount for insert to ${request} with check ((select access.viewer_is_staff()));
  create policy system on reseller_discount for select to ${system} using (true);

  -- Given to whoever pays for the account, and seen by the payer: a client does not learn what its partner pays.
  create table migration_discount (
    id uuid primary key,
    payer_id uuid not null,
    account_id uuid not null,
    basis_points integer not null check (basis_points between 1 and 10000),
    granted_at timestamptz not null,
    granted_by uuid not null,
    used_at timestamptz,
    used_quote_id uuid,
    withdrawn_at timestamptz,
    check (num_nulls(used_at, used_quote_id) in (0, 2)),
    check (used_at is null or withdrawn_at is null)
  );
  create unique index migration_discount_unused on migration_discount (account_id, payer_id) where used_at is null and withdrawn_at is null;
  create index migration_discount_of_account on migration_discount (account_id, granted_at desc, id desc);
  grant select, insert, update (withdrawn_at) on migration_discount to ${request};
  grant select, update (used_at, used_quote_id) on migration_discount to ${system};
  alter table migration_discount enable row level security;
  create policy seen on migration_discount for select to ${request} using (${inScope('migration_discount.payer_id', 'BILLING', 'READ')});
  create policy added on migration_discount for insert to ${request} with check ((select access.viewer_is_staff()));
  create policy changed on migration_discount for update to ${request} using ((select access.viewer_is_staff())) with check ((select access.viewer_is_staff()));
  create policy system on migration_discount to ${system} using (true) with check (true);
  `,
);
