import { migration } from '@comptoir/shared/database/migration.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_identity';

/** An account knows of those who left it what it knew: not what they changed since (G14). */
export const whoLeft = migration(
  212,
  'WhoLeft',
  `
  -- An account sees the people who are in it, staff everybody. A policy says whose rows, so those who left are no rows any more.
  drop policy seen on app_user;
  create policy seen on app_user for select to ${request} using (
    id = (select access.viewer_user())
    or (select access.viewer_is_staff())
    or exists (
      select from membership m
      where m.user_id = app_user.id and m.accepted_at is not null and m.status in ('ACTIVE', 'INACTIVE') and ${inScope('m.account_id', 'SECURITY', 'READ')}));

  -- Of people who were in an account and are not any more: their name, and the address that the account itself has, on its card or in its newest invitation.
  create function people_who_left(ids uuid[]) returns table (id uuid, email text, display_name text, language text, verified boolean, status text, created_at timestamptz)
    language sql stable security definer set search_path from current
  begin atomic
    select distinct on (u.id) u.id,
      coalesce(
        -- Whoever is asked again is asked at an address that the account wrote just now.
        (select c.email from contact c where c.id = m.contact_id and m.status not in ('PENDING', 'INVITATION_SENT')),
        (select i.email from invitation i where i.membership_id = m.id order by i.id desc limit 1)),
      u.display_name, u.language, u.verified, u.status, u.created_at
    from membership m join app_user u on u.id = m.user_id
    where m.user_id = any (ids) and m.accepted_at is not null and m.status not in ('ACTIVE', 'INACTIVE') and ${inScope('m.account_id', 'SECURITY', 'READ')}
      and ((select access.viewer_branches()) is null or m.branches && (select access.viewer_branches())::uuid[])
    order by u.id, m.account_id = (select access.viewer_account()) desc, m.id desc;
  end;
  revoke all on function people_who_left(uuid[]) from public;
  grant execute on function people_who_left(uuid[]) to ${request};
  `,
);
