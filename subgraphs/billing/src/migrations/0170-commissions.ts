import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';
const seenByPartner = (table: string): string => `
    alter table ${table} enable row level security;
    create policy seen on ${table} for select to ${request} using (${inScope(`${table}.partner_id`, 'BILLING', 'READ')});
    create policy system on ${table} to ${system} using (true) with check (true);`;

/** Who brought whom, what it earns them, and how they are paid (A74, A75). */
export const commissions = migration(
  170,
  'Commissions',
  `
  -- The code of a partner's referral link. A new one ends the older; codes are never reused.
  create table referral_code (
    code text primary key check (code ~ '^[A-Z0-9]{10}$'),
    partner_id uuid not null,
    created_at timestamptz not null,
    ended_at timestamptz check (ended_at >= created_at)
  );
  create unique index one_referral_code on referral_code (partner_id) where ended_at is null;
  grant select on referral_code to ${request}, ${system};
  grant insert, update (ended_at) on referral_code to ${system};
  ${seenByPartner('referral_code')}

  -- Who brought a client: the first stays. Never changed.
  create table referral_attribution (
    client_id uuid primary key,
    partner_id uuid not null check (partner_id <> client_id),
    code text not null references referral_code (code),
    attributed_at timestamptz not null
  );
  create index attribution_of_partner on referral_attribution (partner_id, attributed_at desc, client_id desc);
  grant select on referral_attribution to ${request}, ${system};
  grant insert on referral_attribution to ${system};
  ${seenByPartner('referral_attribution')}

  -- What a sale earns, in hundredths of a percent of its net amount, and for how many months from the attribution on; null is without end. The latest row of a partner
  -- holds, else the latest without a partner. History: never changed.
  create table commission_terms (
    id uuid primary key,
    partner_id uuid,
    basis_points integer not null check (basis_points between 0 and 10000),
    months integer check (months between 1 and 1200),
    valid_from timestamptz not null,
    set_by uuid
  );
  create index terms_of_partner on commission_terms (partner_id, valid_from desc, id desc);
  grant select on commission_terms to ${request}, ${system};
  grant insert on commission_terms to ${system};
  alter table commission_terms enable row level security;
  create policy seen on commission_terms for select to ${request} using (
    partner_id is null or ${inScope('commission_terms.partner_id', 'BILLING', 'READ')});
  create policy system on commission_terms to ${system} using (true) with check (true);
  insert into commission_terms values ('01935000-0000-7000-8000-000000000170', null, 2000, 12, '2020-01-01T00:00:00Z', null);

  -- What is owed is paid out from this amount on, per currency; less is carried forward. No row means any amount.
  create table commission_minimum (
    currency text primary key check (currency ~ '^[A-Z]{3}$'),
    minor bigint not null check (minor > 0),
    set_by uuid,
    set_at timestamptz not null
  );
  grant select on commission_minimum to ${request}, ${system};
  grant insert, update on commission_minimum to ${system};
  alter table commission_minimum enable row level security;
  create policy seen on commission_minimum for select to ${request} using (true);
  create policy system on commission_minimum to ${system} using (true) with check (true);
  insert into commission_minimum select currency, 5000, null, '2020-01-01T00:00:00Z' from unnest(array['EUR', 'USD', 'GBP', 'CHF']) as currency;

  -- What a paid invoice earned, and what a credit note took back of it: negative. Amounts are those of the ledger; a part too small to take back
  -- anything stands here with 0 and not there. Never changed.
  create table commission_line (
    id uuid primary key,
    kind text not null check (kind in ('EARNED', 'REVERSED')),
    partner_id uuid not null,
    client_id uuid not null,
    invoice_id uuid not null,
    credit_note_id uuid,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    -- Of the invoice, or what the credit note took back of it.
    net bigint not null check (net > 0),
    basis_points integer not null,
    amount bigint not null,
    -- The statement on which it stands, in UTC: that of the day, or the first one that was still open.
    month text not null check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    transaction_id uuid references ledger_transaction (id),
    booked_at timestamptz not null,
    check ((kind = 'REVERSED') = (credit_note_id is not null)),
    check (case kind when 'EARNED' then amount > 0 else amount <= 0 end),
    check ((amount = 0) = (transaction_id is null))
  );
  create unique index earned_once on commission_line (invoice_id) where kind = 'EARNED';
  create unique index reversed_once on commission_line (invoice_id, credit_note_id) where kind = 'REVERSED';
  create index line_of_client on commission_line (client_id, booked_at desc, id desc) where kind = 'EARNED';
  create index line_of_partner on commission_line (partner_id, booked_at desc, id desc);
  create index line_of_statement on commission_line (month, partner_id, currency, booked_at desc, id desc);
  grant select on commission_line to ${request}, ${system};
  grant insert on commission_line to ${system};
  ${seenByPartner('commission_line')}

  -- What credit notes took back from brought clients. One that names no invoice takes from what was paid last; what is left over then is taken from what was billed before it
  -- and is paid later.
  create table commission_credit_note (
    id uuid primary key,
    client_id uuid not null,
    currency text not null,
    net bigint not null check (net > 0),
    issued_at timestamptz not null,
    names_invoice boolean not null
  );
  create index credit_note_of_client on commission_credit_note (client_id, currency, issued_at) where not names_invoice;
  grant select, insert on commission_credit_note to ${system};
  alter table commission_credit_note enable row level security;
  create policy system on commission_credit_note to ${system} using (true) with check (true);

  -- How much of which invoice each credit note took back, whether or not it had earned anything by then.
  create table commission_credit (
    credit_note_id uuid not null references commission_credit_note (id),
    invoice_id uuid not null,
    net bigint not null check (net > 0),
    recorded_at timestamptz not null,
    primary key (credit_note_id, invoice_id)
  );
  create index credit_of_invoice on commission_credit (invoice_id);
  grant select, insert on commission_credit to ${system};
  alter table commission_credit enable row level security;
  create policy system on commission_credit to ${system} using (true) with check (true);

  -- A month of a partner in a currency, closed after its end. Never changed.
  create table commission_statement (
    id uuid primary key,
    partner_id uuid not null,
    currency text not null,
    month text not null check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    earned bigint not null check (earned >= 0),
    reversed bigint not null check (reversed >= 0),
    lines integer not null check (lines > 0),
    closed_at timestamptz not null,
    unique (partner_id, currency, month)
  );
  create index statement_of_partner on commission_statement (partner_id, month desc, id desc);
  create index statement_to_pay on commission_statement (currency, month);
  grant select on commission_statement to ${request}, ${system};
  grant insert on commission_statement to ${system};
  ${seenByPartner('commission_statement')}

  -- Where a partner is paid. A person's address: erased here, not in the payouts' amounts.
  create table payout_address (
    partner_id uuid primary key,
    email text check (length(email) <= 254),
    set_by uuid not null,
    set_at timestamptz not null
  );
  grant select on payout_address to ${request}, ${system};
  grant insert, update on payout_address to ${system};
  ${seenByPartner('payout_address')}

  -- Payouts that are asked for together, of one currency. Recorded before the provider is asked.
  create table commission_batch (
    id uuid primary key,
    currency text not null,
    -- Statements up to this month are paid.
    month text not null,
    state text not null check (state in ('EXPORTED', 'CONFIRMED', 'CANCELLED')),
    created_by uuid not null,
    created_at timestamptz not null,
    settled_at timestamptz,
    check ((state = 'EXPORTED') = (settled_at is null))
  );
  create index batch_newest on commission_batch (created_at desc, id desc);
  grant select on commission_batch to ${request}, ${system};
  grant insert, update (state, settled_at) on commission_batch to ${system};
  alter table commission_batch enable row level security;
  create policy staff on commission_batch for select to ${request} using ((select access.viewer_is_staff()));
  create policy system on commission_batch to ${system} using (true) with check (true);

  create table commission_payout (
    id uuid primary key,
    batch_id uuid not null references commission_batch (id),
    partner_id uuid not null,
    currency text not null,
    amount bigint not null check (amount > 0),
    -- As it was when the payout was asked for; null once erased.
    address text,
    state text not null check (state in ('PENDING', 'PAID', 'FAILED')),
    created_at timestamptz not null,
    settled_at timestamptz,
    transaction_id uuid references ledger_transaction (id),
    unique (batch_id, partner_id),
    check ((state = 'PENDING') = (settled_at is null)),
    check ((state = 'PAID') = (transaction_id is not null))
  );
  create index payout_of_partner on commission_payout (partner_id, created_at desc, id desc);
  grant select on commission_payout to ${request}, ${system};
  grant insert, update (state, settled_at, transaction_id, address) on commission_payout to ${system};
  ${seenByPartner('commission_payout')}

  -- The statements that a payout pays. A statement whose payout failed is paid by a later one.
  create table commission_payout_statement (
    payout_id uuid not null references commission_payout (id),
    statement_id uuid not null references commission_statement (id),
    primary key (payout_id, statement_id)
  );
  create index payout_of_statement on commission_payout_statement (statement_id);
  grant select on commission_payout_statement to ${request}, ${system};
  grant insert on commission_payout_statement to ${system};
  alter table commission_payout_statement enable row level security;
  create policy seen on commission_payout_statement for select to ${request} using (
    (select true from commission_payout p where p.id = commission_payout_statement.payout_id));
  create policy system on commission_payout_statement to ${system} using (true) with check (true);
  `,
);
