import { migration } from '@comptoir/shared/database/migration.ts';

const withinSet = `coalesce(client_id = any ((select access.viewer_accounts())::uuid[]), true)`;

/** A key that is kept to a set of accounts (G15) knows the partnerships with those clients only. */
export const keyAccounts = migration(
  30,
  'KeyAccounts',
  `
  -- A key that is kept to a set of accounts (G15) knows the partnerships with those clients only.
  create policy within_account_set on partnership as restrictive to comptoir_accounts using (${withinSet}) with check (${withinSet});
  `,
);
