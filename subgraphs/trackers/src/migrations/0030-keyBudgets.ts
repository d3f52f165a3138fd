import { migration } from '@comptoir/shared/database/migration.ts';

const request = 'comptoir_trackers';
const withinSet = (account: string): string =>
  `coalesce(${account} = any ((select access.viewer_accounts())::uuid[]), true)`;

/** Events of keys with a credit budget (N11), and keys that are kept to a set of accounts (G15). */
export const keyBudgets = migration(
  30,
  'KeyBudgets',
  `
  -- The key with a credit budget that asks for the event (N11): it travels with the charge, also when a job asks again.
  alter table intake add column key_id uuid, add column key_account_id uuid, add column key_budget bigint,
    add constraint key_is_whole check (num_nulls(key_id, key_account_id, key_budget) in (0, 3));
  grant update (key_id, key_account_id, key_budget) on intake to ${request};

  -- A key that is kept to a set of accounts (G15) knows the take-overs of those clients only.
  create policy within_account_set on delegation as restrictive to ${request} using (${withinSet('client_id')}) with check (${withinSet('client_id')});
  create policy within_account_set on delegation_tracker as restrictive to ${request} using (${withinSet('client_id')}) with check (${withinSet('client_id')});
  create policy within_account_set on payer_span as restrictive to ${request} using (${withinSet('owner_id')}) with check (${withinSet('owner_id')});
  `,
);
