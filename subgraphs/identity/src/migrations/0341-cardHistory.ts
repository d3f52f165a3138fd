import { migration } from '@comptoir/shared/database/migration.ts';

/**
 * Contact cards as they were (N08): whether there was one, and to which branch it belonged (G12). Nothing else of them
 * is kept.
 */
export const cardHistory = migration(
  341,
  'CardHistory',
  `
  alter table standing_history drop constraint standing_history_kind_check,
    add constraint standing_history_kind_check check (kind in ('MEMBERSHIP', 'USER', 'KEY', 'NETWORKS', 'SECOND_FACTOR', 'TOTP', 'CONTACT'));

  create function contact_history() returns trigger language plpgsql security definer set search_path from current as $$
  begin
    if tg_op = 'DELETE' then
      perform keep_history(old.id, 'CONTACT', old.account_id, null, null);
    else
      perform keep_history(new.id, 'CONTACT', new.account_id, null, jsonb_build_object('branch_id', new.branch_id));
    end if;
    return null;
  end $$;
  create trigger history after insert or update of branch_id or delete on contact for each row execute function contact_history();

  -- Since when there is a card is known, where it belonged until now is not: told like none, that opens it to nobody who is limited.
  with start as materialized (select access.instant() as at)
  insert into standing_history (subject, kind, account_id, valid, state)
  select c.id, 'CONTACT', c.account_id, tstzrange(c.created_at, start.at), jsonb_build_object('branch_id', null) from contact c, start where c.created_at < start.at
  union all
  select c.id, 'CONTACT', c.account_id, tstzrange(greatest(c.created_at, start.at), null), jsonb_build_object('branch_id', c.branch_id) from contact c, start;
  `,
);
