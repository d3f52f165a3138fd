import { migration } from '@comptoir/shared/database/migration.ts';

const request = 'comptoir_identity';
const system = 'comptoir_identity_system';

/**
 * Roles cap what is held, a contact is a CLIENT (G09, O10), and an invitation is good for as long as somebody stands
 * for it.
 */
export const roles = migration(
  380,
  'Roles',
  `
  -- The table of ceilings (shared/src/viewer/roles.ts) as the last wall; a test compares both. A change of the one is a
  -- migration of the other.
  create function within_role_ceiling(role text, areas text[]) returns boolean
    language sql immutable parallel safe set search_path = pg_catalog, pg_temp
  begin atomic
    select areas <@ (case role
      when 'CLIENT' then array['BILLING:READ', 'SUPPORT:READ', 'SUPPORT:WRITE', 'PROVISIONING:READ', 'CONFIGURATION:READ', 'CONFIGURATION:WRITE',
        'SECURITY:READ', 'TRACKERS:READ', 'TRACKERS:WRITE', 'OTHER:READ', 'OTHER:WRITE']
      else array['BILLING:READ', 'BILLING:WRITE', 'SUPPORT:READ', 'SUPPORT:WRITE', 'PROVISIONING:READ', 'PROVISIONING:WRITE', 'CONFIGURATION:READ',
        'CONFIGURATION:WRITE', 'SECURITY:READ', 'SECURITY:WRITE', 'TRACKERS:READ', 'TRACKERS:WRITE', 'OTHER:READ', 'OTHER:WRITE']
    end);
  end;

  -- Who stands for an invitation, and by which account: whoever asked for it, sent it again, or last changed what it
  -- gives. Acceptance is judged by what they hold then.
  alter table invitation add column given_by uuid, add column given_via uuid;
  update invitation i set given_by = i.invited_by, given_via = coalesce(
    (select m.account_id from membership m where m.user_id = i.invited_by and m.account_id = i.account_id and m.status = 'ACTIVE'),
    -- From outside: by the only account that they are active in. With several nobody can tell, and the account sends it
    -- again.
    (select (array_agg(m.account_id))[1] from membership m where m.user_id = i.invited_by and m.status = 'ACTIVE' having count(*) = 1));
  grant select (given_by, given_via), update (given_by, given_via) on invitation to ${request};

  -- The card by which a person is a contact of an account: the one that access was given to, or one with an address of
  -- theirs. Asked with the owner's rights: whoever
  -- invites may not see cards, and the rule holds all the same (G09).
  create function contact_card_of(account uuid, person uuid, address text) returns uuid
    language sql stable security definer set search_path from current
  begin atomic
    select coalesce(
      (select m.contact_id from membership m where m.account_id = account and m.user_id = person),
      (select c.id from contact c where c.account_id = account and (c.email = address or c.email = (select u.email from app_user u where u.id = person))
       order by c.created_at, c.id limit 1));
  end;
  revoke all on function contact_card_of(uuid, uuid, text) from public;
  grant execute on function contact_card_of(uuid, uuid, text) to ${request}, ${system};

  -- What is there already comes within. A contact who was made more: asked in after the card was written. Of an owner
  -- nothing is taken, so that no account is left without one.
  update membership m set role = 'CLIENT', contact_id = card.id
  from (
    select distinct on (m.id) m.id as membership_id, c.id
    from membership m join app_user u on u.id = m.user_id
    join contact c on c.account_id = m.account_id and (c.id = m.contact_id or c.email = u.email)
    where m.type <> 'OWNER' and m.role in ('ADMIN', 'MEMBER')
      and (c.id = m.contact_id or exists (select from invitation i where i.membership_id = m.id and i.created_at >= c.created_at))
    order by m.id, c.created_at, c.id
  ) as card
  where m.id = card.membership_id;
  update membership set contact_id = null where contact_id is not null and role <> 'CLIENT';
  update membership m set areas = array(
    select distinct case when within_role_ceiling(m.role, array[held]) then held else split_part(held, ':', 1) || ':READ' end from unnest(m.areas) as held)
  where not within_role_ceiling(m.role, m.areas);

  alter table membership
    add constraint areas_within_role check (within_role_ceiling(role, areas)),
    add constraint contact_is_client check (contact_id is null or role = 'CLIENT');

  -- Nobody of whom the account has a card gets in, or further, in another role than CLIENT. Whoever is in stays what
  -- they are when a card is written: cards take nothing away.
  create function contact_stays_client() returns trigger language plpgsql security definer set search_path from current as $$
  declare
    address text;
  begin
    if new.role = 'CLIENT' or new.type = 'OWNER' or new.status in ('REJECTED', 'WITHDRAWN', 'REMOVED') then return new; end if;
    if tg_op = 'UPDATE' then
      -- Nothing is given: of somebody who is in, or waits, the same role or a lesser one.
      if (old.status = new.status or (old.status in ('PENDING', 'INVITATION_SENT', 'ACTIVE') and new.status in ('PENDING', 'INVITATION_SENT', 'INACTIVE')))
        and (old.role = new.role or old.role = 'OWNER' or (old.role = 'ADMIN' and new.role = 'MEMBER')) then
        return new;
      end if;
    end if;
    select u.email into address from app_user u where u.id = new.user_id;
    if contact_card_of(new.account_id, new.user_id, address) is not null then
      raise exception 'A contact of the account is a CLIENT.' using errcode = 'check_violation', constraint = 'contact_is_client';
    end if;
    return new;
  end $$;
  revoke all on function contact_stays_client() from public;
  create trigger contact_stays_client before insert or update of role, status, type on membership for each row execute function contact_stays_client();
  `,
);
