import { migration } from '@comptoir/shared/database/migration.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';

/**
 * What a credit note takes back of each of several invoices, each at the tax rate of that invoice; one that takes back
 * a part of a single invoice names it (`corrects_id`) and has none. Before, such a credit note had one rate and counted
 * for no invoice: those that there are stay as they are.
 */
export const creditNoteParts = migration(
  221,
  'CreditNoteParts',
  `
  create table credit_note_part (
    id uuid primary key,
    credit_note_id uuid not null references invoice (id),
    -- Null: more than the invoices had left, without tax.
    invoice_id uuid references invoice (id),
    tax_basis_points integer not null check (tax_basis_points between 0 and 10000),
    net bigint not null check (net >= 1),
    tax bigint not null check (tax >= 0),
    unique nulls not distinct (credit_note_id, invoice_id),
    check (invoice_id is not null or (tax_basis_points = 0 and tax = 0))
  );
  create index credit_note_part_of_invoice on credit_note_part (invoice_id);
  grant select on credit_note_part to ${request}, ${system};
  grant insert on credit_note_part to ${system};
  alter table credit_note_part enable row level security;
  create policy seen on credit_note_part for select to ${request} using ((select true from invoice i where i.id = credit_note_part.credit_note_id));
  create policy system on credit_note_part to ${system} using (true) with check (true);
  `,
);
