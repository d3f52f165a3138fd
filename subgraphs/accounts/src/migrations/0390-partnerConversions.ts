import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope, wholeAccountPolicies } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_accounts';
const system = 'comptoir_accounts_system';

/** An account asks to become a partner, and staff answer (U02). */
export const partnerConversions = migration(
  390,
  'PartnerConversions',
  `
  create table partner_conversion (
    id uuid primary key,
    account_id uuid not null references account (id),
    status text not null check (status in ('REQUESTED', 'CONVERTED', 'REFUSED')),
    message text check (length(message) between 1 and 1000),
    reason text check (length(reason) between 3 and 500),
    requested_by uuid not null,
    requested_at timestamptz not null,
    answered_by uuid,
    answered_at timestamptz,
    check ((status = 'REQUESTED') = (answered_at is null)),
    check ((answered_by is null) = (answered_at is null)),
    check ((status = 'REFUSED') = (reason is not null))
  );
  create unique index one_waiting_conversion on partner_conversion (account_id) where status = 'REQUESTED';
  create index conversion_of_account on partner_conversion (account_id, requested_at desc, id desc);
  create index conversion_in_order on partner_conversion (requested_at desc, id desc);
  grant select, insert, update (status, reason, answered_by, answered_at) on partner_conversion to ${request};
  grant select on partner_conversion to ${system};
  alter table partner_conversion enable row level security;
  create policy seen on partner_conversion for select to ${request} using (${inScope('partner_conversion.account_id', 'PROVISIONING', 'READ')});
  create policy asked on partner_conversion for insert to ${request} with check (
    status = 'REQUESTED' and account_id = (select access.viewer_account()) and ${inScope('partner_conversion.account_id', 'PROVISIONING', 'WRITE')});
  create policy answered on partner_conversion for update to ${request}
    using ((select access.viewer_is_staff())) with check ((select access.viewer_is_staff()));
  ${wholeAccountPolicies(['partner_conversion'], request)}
  create policy system on partner_conversion for select to ${system} using (true);
  `,
);
