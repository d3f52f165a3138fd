import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_accounts';

/**
 * An account can be cancelled (A61); a partner that was granted PROVISIONING may change the accounts that it manages.
 */
export const cancellation = migration(
  40,
  'Cancellation',
  `
  alter table account
    add column status text not null default 'ACTIVE' check (status in ('ACTIVE', 'CANCELLED')),
    add column cancelled_at timestamptz,
    add check ((status = 'CANCELLED') = (cancelled_at is not null));
  create policy managed on account for update to ${request}
    using (${inScope('account.id', 'PROVISIONING', 'WRITE')}) with check (${inScope('account.id', 'PROVISIONING', 'WRITE')});
  `,
);
