import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_identity';

/**
 * Which invitation of a membership is the newest is counted by the database: there is one open invitation of a
 * membership at a time, so that they are made one after the other, while ids of two processes have no order.
 */
export const newestInvitation = migration(
  390,
  'NewestInvitation',
  `
  alter table invitation add column seq bigint;
  update invitation set seq = numbered.place
    from (select id, row_number() over (order by created_at, id) as place from invitation) as numbered where numbered.id = invitation.id;
  set constraints all immediate;
  alter table invitation alter column seq set not null;
  alter table invitation alter column seq add generated always as identity;
  select setval(pg_get_serial_sequence('invitation', 'seq'), coalesce((select max(seq) from invitation), 0) + 1, false);
  grant select (seq) on invitation to ${request};
  drop index invitation_of_membership;
  create index invitation_of_membership on invitation (membership_id, seq desc);

  -- As before, but for what is the newest; and for the second factor that a client requires (N25): the policy that asks for it does not hold with the owner's rights.
  create or replace function people_who_left(ids uuid[]) returns table (id uuid, email text, display_name text, language text, verified boolean, status text, created_at timestamptz)
    language sql stable security definer set search_path from current
  begin atomic
    select distinct on (u.id) u.id,
      coalesce(
        -- Whoever is asked again is asked at an address that the account wrote just now.
        (select c.email from contact c where c.id = m.contact_id and m.status not in ('PENDING', 'INVITATION_SENT')),
        (select i.email from invitation i where i.membership_id = m.id order by i.seq desc limit 1)),
      u.display_name, u.language, u.verified, u.status, u.created_at
    from membership m join app_user u on u.id = m.user_id
    where m.user_id = any (ids) and m.accepted_at is not null and m.status not in ('ACTIVE', 'INACTIVE') and ${inScope('m.account_id', 'SECURITY', 'READ')}
      and not access.second_factor_missing(m.account_id) and ((select access.viewer_branches()) is null or m.branches && (select access.viewer_branches())::uuid[])
    order by u.id, m.account_id = (select access.viewer_account()) desc, m.created_at desc, m.id desc;
  end;
  `,
);
