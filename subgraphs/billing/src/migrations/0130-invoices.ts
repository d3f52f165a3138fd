import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';
const MOST = '9007199254740991';

/** A scalar subquery is looked up by key, row by row; the invoice's own policy decides. */
const ofVisibleInvoice = (column: string): string => `(select true from invoice i where i.id = ${column})`;

/** Invoices and credit notes (A40, P), what was paid of them, and prepaid money that is set aside (A65). */
export const invoices = migration(
  130,
  'Invoices',
  `
  -- Who sells. One row; an invoice keeps a copy of it.
  create table seller (
    only_one boolean primary key default true check (only_one),
    legal_name text not null check (length(legal_name) between 1 and 200),
    address_lines text[] not null check (cardinality(address_lines) <= 6),
    country text not null check (country ~ '^[A-Z]{2}$'),
    vat_id text check (length(vat_id) between 1 and 30),
    -- What the law wants on every invoice.
    note text not null check (length(note) <= 500),
    -- Decides the day, and so the year, of an invoice.
    time_zone text not null check (length(time_zone) between 1 and 60)
  );
  insert into seller values (true, 'Comptoir', '{}', 'FR', null, '', 'Europe/Paris');
  grant select on seller to ${request}, ${system};
  grant update (legal_name, address_lines, country, vat_id, note, time_zone) on seller to ${system};
  alter table seller enable row level security;
  create policy seen on seller for select to ${request} using (true);
  create policy system on seller to ${system} using (true) with check (true);

  -- The last number of each series. Its row stays locked from the number to the commit: a number that is rolled back is given again.
  create table invoice_series (
    series text primary key check (series ~ '^[FA][0-9]{4}$'),
    last bigint not null check (last >= 0)
  );
  grant select, insert, update (last) on invoice_series to ${system};
  alter table invoice_series enable row level security;
  create policy system on invoice_series to ${system} using (true) with check (true);

  -- Never changed, never deleted: what was wrong is put right by a credit note.
  create table invoice (
    id uuid primary key,
    kind text not null check (kind in ('INVOICE', 'CREDIT_NOTE')),
    series text not null references invoice_series (series),
    sequence bigint not null check (sequence >= 1),
    number text not null unique generated always as (
      series || '-' || lpad(sequence::text, greatest(6, length(sequence::text)), '0')) stored,
    -- Names what may be invoiced only once.
    reference text not null unique check (length(reference) between 1 and 190),
    corrects_id uuid references invoice (id) check (kind = 'CREDIT_NOTE' or corrects_id is null),
    quote_id uuid,
    subscription_id uuid,
    payer_id uuid not null,
    profile_id uuid not null,
    account_id uuid not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    issued_at timestamptz not null,
    issued_on date not null,
    seller jsonb not null,
    buyer jsonb not null,
    tax_basis_points integer not null check (tax_basis_points between 0 and 10000),
    net bigint not null check (net between 0 and ${MOST}),
    tax bigint not null check (tax between 0 and ${MOST}),
    gross bigint not null check (gross = net + tax and gross <= ${MOST}),
    -- Null when it comes to nothing: there is nothing to book.
    transaction_id uuid unique references ledger_transaction (id),
    unique (series, sequence),
    check (starts_with(series, case kind when 'INVOICE' then 'F' else 'A' end || to_char(extract(year from issued_on), 'FM0000'))),
    check ((transaction_id is null) = (gross = 0))
  );
  create index invoice_of_payer on invoice (payer_id, issued_at desc, id desc);
  create index invoice_of_account on invoice (payer_id, account_id, issued_at desc, id desc);
  create index invoice_of_profile on invoice (profile_id);
  create index invoice_corrected on invoice (corrects_id, issued_at desc, id desc) where corrects_id is not null;
  create index invoice_of_subscription on invoice (subscription_id, issued_at desc, id desc) where subscription_id is not null;
  create index invoice_of_quote on invoice (quote_id) where quote_id is not null;

  create table invoice_line (
    id uuid primary key,
    invoice_id uuid not null references invoice (id),
    position integer not null check (position >= 1),
    kind text not null check (kind in ('PLAN', 'ADD_ON', 'LIMIT', 'CREDITS', 'DISCOUNT', 'UNUSED')),
    description text not null check (length(description) between 1 and 200),
    quantity integer not null check (quantity >= 1),
    amount bigint not null check (amount between -${MOST} and ${MOST}),
    from_day date,
    to_day date check (to_day > from_day),
    unique (invoice_id, position)
  );

  -- What was paid of an invoice: a projection of the payments below, which checks prove. A credit note is not owed and has none.
  create table invoice_state (
    invoice_id uuid primary key references invoice (id),
    gross bigint not null,
    paid bigint not null check (paid between 0 and gross),
    paid_at timestamptz check ((paid_at is not null) = (paid = gross)),
    -- What credit notes of this invoice have taken back.
    credited_net bigint not null check (credited_net >= 0),
    credited_tax bigint not null check (credited_tax >= 0),
    check (credited_net + credited_tax <= gross)
  );
  create index invoice_owed on invoice_state (invoice_id) where paid < gross;

  create table invoice_payment (
    id uuid primary key,
    invoice_id uuid not null references invoice (id),
    source text not null check (source in ('CARD', 'PREPAID', 'CREDIT_NOTE')),
    -- The payment, the hold or the credit note.
    source_id uuid not null unique,
    amount bigint not null check (amount >= 1),
    paid_at timestamptz not null,
    transaction_id uuid not null references ledger_transaction (id)
  );
  create index invoice_payment_of_invoice on invoice_payment (invoice_id, paid_at desc, id desc);

  -- Prepaid money that is set aside for a payment under way: used by its invoice, or given back to the lots that it came from.
  create table prepaid_hold (
    id uuid primary key,
    payer_id uuid not null,
    profile_id uuid not null,
    account_id uuid not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount bigint not null check (amount between 1 and ${MOST}),
    reference text not null check (length(reference) between 1 and 190),
    -- Ids of what it waits for, the payment's purpose among them.
    cause jsonb not null check (jsonb_typeof(cause) = 'object'),
    state text not null check (state in ('HELD', 'USED', 'RELEASED')),
    transaction_id uuid not null unique references ledger_transaction (id),
    held_at timestamptz not null,
    settled_at timestamptz check ((settled_at is null) = (state = 'HELD'))
  );
  -- Given back, its reference may be set aside for again: a payment that was declined is tried once more.
  create unique index prepaid_hold_of_reference on prepaid_hold (reference) where state <> 'RELEASED';
  create index prepaid_held on prepaid_hold (profile_id) where state = 'HELD';

  grant select on invoice, invoice_line, invoice_state, invoice_payment, prepaid_hold to ${request}, ${system};
  grant insert on invoice, invoice_line, invoice_state, invoice_payment, prepaid_hold to ${system};
  grant update (paid, paid_at, credited_net, credited_tax) on invoice_state to ${system};
  grant update (state, settled_at) on prepaid_hold to ${system};

  -- Who pays sees the bill; whom it is about does not (A41), unless it pays itself (A77).
  alter table invoice enable row level security;
  create policy seen on invoice for select to ${request} using (${inScope('invoice.payer_id', 'BILLING', 'READ')});
  create policy system on invoice to ${system} using (true) with check (true);
  alter table invoice_line enable row level security;
  create policy seen on invoice_line for select to ${request} using (${ofVisibleInvoice('invoice_line.invoice_id')});
  create policy system on invoice_line to ${system} using (true) with check (true);
  alter table invoice_state enable row level security;
  create policy seen on invoice_state for select to ${request} using (${ofVisibleInvoice('invoice_state.invoice_id')});
  create policy system on invoice_state to ${system} using (true) with check (true);
  alter table invoice_payment enable row level security;
  create policy seen on invoice_payment for select to ${request} using (${ofVisibleInvoice('invoice_payment.invoice_id')});
  create policy system on invoice_payment to ${system} using (true) with check (true);
  alter table prepaid_hold enable row level security;
  create policy seen on prepaid_hold for select to ${request} using (${inScope('prepaid_hold.payer_id', 'BILLING', 'READ')});
  create policy system on prepaid_hold to ${system} using (true) with check (true);
  `,
);
