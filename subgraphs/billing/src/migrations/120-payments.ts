import { queueMigration } from '@comptoir/shared/jobs.ts';
import { migration } from '@comptoir/shared/migration.ts';
import { inScope } from '@comptoir/shared/rowScope.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';
const MOST = '9007199254740991';

/** Who pays, and the payments by card. What the provider calls a customer and a card is for the second role only: requests have no right to those columns. */
export const payments = [
  migration(
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
  ),
  migration(
    121,
    'Payments',
    `
    create table payment (
      id uuid primary key,
      profile_id uuid not null references billing_profile (id),
      account_id uuid not null,
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      amount_minor bigint not null check (amount_minor between 1 and ${MOST}),
      purpose text not null check (purpose in ('QUOTE', 'INVOICE')),
      purpose_id uuid not null,
      description text not null check (length(description) between 1 and 200),
      present boolean not null,
      -- How the provider is asked, each time the same: it refuses an id that comes again with other words.
      customer text not null,
      method text not null,
      state text not null check (state in ('PENDING', 'NEEDS_ACTION', 'APPROVED', 'DECLINED', 'CANCELLED')),
      decline text,
      action_url text,
      reference text,
      created_at timestamptz not null,
      asked_at timestamptz,
      action_since timestamptz,
      settled_at timestamptz,
      check ((settled_at is null) = (state in ('PENDING', 'NEEDS_ACTION'))),
      check ((decline is not null) = (state = 'DECLINED')),
      check ((action_url is not null) = (state = 'NEEDS_ACTION'))
    );
    -- One at a time: what a payment is for is not charged twice because two attempts run beside each other; and approved once.
    create unique index payment_under_way on payment (purpose_id, purpose) where settled_at is null;
    create unique index payment_approved on payment (purpose_id, purpose) where state = 'APPROVED' and purpose = 'QUOTE';
    create index payment_unsettled on payment (asked_at nulls first, id) where settled_at is null;
    create index payment_of_profile on payment (profile_id, created_at desc, id desc);
    create index payment_of_purpose on payment (purpose_id, created_at desc, id desc);
    grant select (id, profile_id, account_id, currency, amount_minor, purpose, purpose_id, description, present, state, decline, action_url, reference,
      created_at, asked_at, action_since, settled_at) on payment to ${request};
    grant select, insert, update (state, decline, action_url, reference, asked_at, action_since, settled_at) on payment to ${system};
    alter table payment enable row level security;
    create policy seen on payment for select to ${request} using (${inScope('payment.account_id', 'BILLING', 'READ')});
    create policy system on payment to ${system} using (true) with check (true);

    -- What becomes of invoices that a card is to pay: how often it failed, and when it is tried again. Rows of others refer to invoices, not this one: an invoice may be made after it.
    create table invoice_dunning (
      invoice_id uuid primary key,
      profile_id uuid not null references billing_profile (id),
      payer_id uuid not null,
      account_id uuid not null,
      number text not null,
      failures smallint not null check (failures between 0 and 10),
      next_attempt_at timestamptz,
      state text not null check (state in ('OPEN', 'PAID', 'GIVEN_UP')),
      check (next_attempt_at is null or state = 'OPEN')
    );
    create index invoice_dunning_due on invoice_dunning (next_attempt_at, invoice_id) where next_attempt_at is not null;
    create index invoice_dunning_of_profile on invoice_dunning (profile_id) where state <> 'PAID';
    grant select on invoice_dunning to ${request};
    grant select, insert, update (failures, next_attempt_at, state) on invoice_dunning to ${system};
    alter table invoice_dunning enable row level security;
    create policy seen on invoice_dunning for select to ${request} using (${inScope('invoice_dunning.payer_id', 'BILLING', 'READ')});
    create policy system on invoice_dunning to ${system} using (true) with check (true);
    `,
  ),
  queueMigration(122, 'billing', ['cardRemove']),
];
