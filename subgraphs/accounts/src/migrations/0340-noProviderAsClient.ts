import { migration } from '@comptoir/shared/database/migration.ts';

const request = 'comptoir_accounts';

/**
 * The provider is nobody's client and nobody's partner: no partnership opens its account, and with it no take-over, no
 * log-in-as and no credits of others.
 */
export const noProviderAsClient = migration(
  340,
  'NoProviderAsClient',
  `
  -- With the owner's rights: a partner does not see the provider's account.
  create function is_provider(account_id uuid) returns boolean language sql stable security definer set search_path from current
  begin atomic
    select exists (select from account a where a.id = account_id and a.kind = 'PROVIDER');
  end;
  revoke all on function is_provider(uuid) from public;
  grant execute on function is_provider(uuid) to ${request}, ${request}_system;

  update partnership p set status = 'WITHDRAWN', answered_at = access.instant()
  where p.status = 'REQUESTED' and (is_provider(p.client_id) or is_provider(p.partner_id));
  update partnership p set status = 'ENDED', ended_at = greatest(access.instant(), p.answered_at)
  where p.status = 'ACTIVE' and (is_provider(p.client_id) or is_provider(p.partner_id));

  create function partnership_without_provider() returns trigger language plpgsql security definer set search_path from current as $$
  begin
    if is_provider(new.client_id) or is_provider(new.partner_id) then
      raise check_violation using message = 'The provider is nobody''s client and nobody''s partner.';
    end if;
    return new;
  end $$;
  create trigger without_provider before insert or update on partnership
    for each row when (new.status in ('REQUESTED', 'ACTIVE')) execute function partnership_without_provider();
  `,
);
