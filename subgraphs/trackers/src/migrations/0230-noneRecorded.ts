import { migration } from '@comptoir/shared/database/migration.ts';

/**
 * An intake takes no second look whose answer would have to be waited for: what must not be committed fails by itself.
 */
export const noneRecorded = migration(
  230,
  'NoneRecorded',
  `
  create function none_recorded(accounts uuid[], keys text[]) returns void language plpgsql stable set search_path from current as $$
    begin
      if exists (select from known_events(accounts, keys)) then
        raise exception 'One of these events is stored already.' using errcode = 'CT001';
      end if;
    end $$;
  revoke all on function none_recorded(uuid[], text[]) from public;
  grant execute on function none_recorded(uuid[], text[]) to comptoir_trackers;
  `,
);
