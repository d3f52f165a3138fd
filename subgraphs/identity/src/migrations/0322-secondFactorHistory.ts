import { migration } from '@comptoir/shared/database/migration.ts';

/**
 * Whether an account required a second factor, and whether a person had one, can be asked for any instant (N08, N25).
 */
export const secondFactorHistory = migration(
  322,
  'SecondFactorHistory',
  `
  alter table standing_history drop constraint standing_history_kind_check,
    add constraint standing_history_kind_check check (kind in ('MEMBERSHIP', 'USER', 'KEY', 'NETWORKS', 'SECOND_FACTOR', 'TOTP'));

  -- Account and person have their own rows under their own ids: these stand beside them.
  create function history_subject(of_kind text, id uuid) returns uuid immutable parallel safe language sql
    return md5(of_kind || ' ' || id)::uuid;
  grant execute on function history_subject(text, uuid) to comptoir_identity_system;

  create function account_second_factor_history() returns trigger language plpgsql security definer set search_path from current as $$
  begin
    if tg_op = 'DELETE' then
      perform keep_history(history_subject('SECOND_FACTOR', old.account), 'SECOND_FACTOR', old.account, null, null);
    else
      perform keep_history(history_subject('SECOND_FACTOR', new.account), 'SECOND_FACTOR', new.account, null, '{}');
    end if;
    return null;
  end $$;
  create trigger history after insert or delete on access.account_second_factor for each row execute function account_second_factor_history();

  create function totp_history() returns trigger language plpgsql security definer set search_path from current as $$
  declare
    person uuid := case when tg_op = 'DELETE' then old.user_id else new.user_id end;
    confirmed boolean := tg_op <> 'DELETE' and new.confirmed_at is not null;
  begin
    perform keep_history(history_subject('TOTP', person), 'TOTP', null, person, case when confirmed then '{}'::jsonb end);
    return null;
  end $$;
  create trigger history after insert or update or delete on totp for each row execute function totp_history();

  insert into standing_history (subject, kind, account_id, user_id, valid, state)
  select history_subject('TOTP', user_id), 'TOTP', null, user_id, tstzrange(access.instant(), null), '{}' from totp where confirmed_at is not null;
  `,
);
