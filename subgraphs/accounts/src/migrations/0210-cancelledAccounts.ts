import { migration } from '@comptoir/shared/database/migration.ts';

/** Who is cancelled is known to identity in the commit that cancels: it ends log-ins-as by it (A59). */
export const cancelledAccounts = migration(
  210,
  'CancelledAccounts',
  `
  -- access.account_cancelled follows the account in the same commit.
  create function account_cancelled() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  begin
    if new.status = 'CANCELLED' then
      insert into access.account_cancelled (account) values (new.id) on conflict do nothing;
    else
      delete from access.account_cancelled c where c.account = new.id;
    end if;
    return null;
  end $$;
  create trigger account_cancelled after update of status on account
    for each row when (new.status is distinct from old.status) execute function account_cancelled();
  insert into access.account_cancelled (account) select id from account where status = 'CANCELLED';
  `,
);
