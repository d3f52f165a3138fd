import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';

/**
 * Who pays, and the payments by card. What the provider calls a customer and a card is for the second role only:
 * requests have no right to those columns.
 */
export const billingProfiles = migration(
  120,
  'BillingProfiles',
  `
  create table billing_profile (
    id uuid primary key,
    account_id uuid not null,
    name text not null check (length(name) between 1 and 200),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    email text not null check (length(email) between 3 and 254),
    legal_name text not null check (length(legal_name) between 1 and 200),
    address_lines text[] not null check (cardinality(address_lines) between 1 and 6),
    country text not null check (country ~ '^[A-Z]{2}$'),
    vat_id text check (length(vat_id) between 4 and 20),
    tax_basis_points integer not null check (tax_basis_points between 0 and 10000),
    card_customer text,
    card_method text,
    card_brand text,
    card_last_four text,
    card_expiry_month smallint check (card_expiry_month between 1 and 12),
    card_expiry_year smallint check (card_expiry_year between 2000 and 9999),
    -- Who pays has been told that this card expires soon.
    card_told_at timestamptz,
    created_at timestamptz not null,
    deleted_at timestamptz,
    check (num_nulls(card_customer, card_method, card_brand, card_last_four, card_expiry_month, card_expiry_year) in (0, 6)),
    check (deleted_at is null or card_method is null)
  );
  create index billing_profile_of_account on billing_profile (account_id, created_at, id) where deleted_at is null;
  create index billing_profile_with_card on billing_profile (card_expiry_year, card_expiry_month) where card_method is not null and card_told_at is null;
  grant select (id, account_id, name, currency, email, legal_name, address_lines, country, vat_id, tax_basis_points,
    card_brand, card_last_four, card_expiry_month, card_expiry_year, created_at, deleted_at) on billing_profile to ${request};
  -- Its account and its currency never change, and it stays when it is deleted.
  grant select, insert, update (name, email, legal_name, address_lines, country, vat_id, tax_basis_points,
    card_customer, card_method, card_brand, card_last_four, card_expiry_month, card_expiry_year, card_told_at, deleted_at) on billing_profile to ${system};
  alter table billing_profile enable row level security;
  create policy seen on billing_profile for select to ${request} using (${inScope('billing_profile.account_id', 'BILLING', 'READ')});
  create policy system on billing_profile to ${system} using (true) with check (true);
  `,
);
