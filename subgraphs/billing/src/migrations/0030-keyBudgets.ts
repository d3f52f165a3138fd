import { migration } from '@comptoir/shared/database/migration.ts';
import { admitted } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';

/** What keys with a credit budget have consumed (N11). */
export const keyBudgets = migration(
  30,
  'KeyBudgets',
  `
  -- The key whose request recorded the event; null when it was a person's, or a key's without a budget.
  alter table charge add column key_id uuid;
  create index charge_of_key on charge (key_id) where key_id is not null;

  -- What events recorded by a key with a budget have consumed (N11). It moves in the transaction of the charges; the budget itself comes with the
  -- call, as identity knew it a moment ago.
  create table key_consumption (
    key_id uuid primary key,
    account_id uuid not null,
    consumed bigint not null check (consumed >= 0)
  );
  grant select on key_consumption to ${request}, ${system};
  grant insert, update (consumed) on key_consumption to ${system};
  alter table key_consumption enable row level security;
  create policy seen on key_consumption for select to ${request} using (
    account_id = (select access.viewer_account()) and ${admitted('key_consumption.account_id')});
  create policy staff on key_consumption for select to ${request} using ((select access.viewer_is_staff()));
  create policy system on key_consumption to ${system} using (true) with check (true);
  `,
);
