import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';
const MOST = '9007199254740991';

/** Payments by card. */
export const payments = migration(
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
);
