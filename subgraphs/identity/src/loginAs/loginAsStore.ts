import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import { reaches } from '@comptoir/shared/database/rowScope.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager, IsNull, MoreThan } from 'typeorm';
import { listsOf } from '../people/doors.ts';
import type { Way } from './loginAs.ts';
import { type LoginAsRow, LoginAsTable } from './loginAsTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadLoginAs(tx: EntityManager, ids: readonly string[]): Promise<LoginAsRow[]> {
  return await tx.findBy(LoginAsTable, { id: Any([...ids]) });
}

const OF_ACCOUNT: KeysetList = {
  select: columnsOf(LoginAsTable, 'l'),
  from: 'login_as l',
  where: `l.account_id = owner.id and ($1::boolean is null or $1 = (l.ended_at is null and l.until > $2::timestamptz))`,
  keys: [
    { by: 'l.started_at', kind: 'instant' },
    { by: 'l.id', kind: 'id' },
  ],
  descending: true,
};

/**
 * One page per account of who logged in as it, newest first; only those that go on at the instant, or only the others,
 * when `active` says so.
 */
export async function loadLoginAsPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  { active, at }: { active: boolean | null; at: string },
): Promise<LoginAsRow[]> {
  return await loadKeysetPages(tx, OF_ACCOUNT, { owners: accountIds, page, values: [active, at] });
}

/**
 * What an account may do with another at this instant of the installation's clock. Until the transaction ends that
 * account is not cancelled, unless it is already. For the system role.
 */
export async function findWay(
  tx: EntityManager,
  { holder, accountId, now }: { holder: string; accountId: string; now: Date },
): Promise<Omit<Way, 'ownNetworks'>> {
  await tx.query('select pg_advisory_xact_lock_shared(login_as_turn($1))', [accountId]);
  const [way] = await tx.query(
    `select ${reaches('$1', '$2', 'LINK', 'READ', '$3::timestamptz')} as linked,
            ${reaches('$1', '$2', 'SECURITY', 'WRITE', '$3::timestamptz')} as granted,
            coalesce((select n.networks from access.account_network n where n.account = $2), '{}') as networks,
            exists (select from access.account_cancelled c where c.account = $2) as cancelled,
            exists (select from access.account_second_factor f where f.account = $2)
              or exists (select from access.reach r where r.holder = $1 and r.account = $2 and r.second_factor and r.valid @> $3::timestamptz) as "asksSecondFactor"`,
    [holder, accountId, now],
  );
  return way;
}

/** Opens a log-in-as and its session, which ends with the one it is started from. For the system role. */
export async function addLoginAs(
  tx: EntityManager,
  loginAs: LoginAsRow,
  session: { id: string; parentId: string; address: string | null },
): Promise<void> {
  const { id, accountId, actorUserId, startedAt, until } = loginAs;
  await tx.insert(LoginAsTable, loginAs);
  await tx.query(
    `insert into session (id, user_id, account_id, refresh_generation, rotated_at, expires_at, created_at, address, kind, login_as_id, parent_id)
     values ($1, $2, $3, 0, $4, $5, $4, $6, 'LOGIN_AS', $7, $8)`,
    [session.id, actorUserId, accountId, startedAt, until, session.address, id, session.parentId],
  );
}

/**
 * From where a log-in-as that goes on may be continued: the lists of its actor's membership, of their account and of
 * the client. Null when it does not go on, is somebody else's, or its actor is no member at home any more. For the
 * system role.
 */
export async function findLoginAsLists(
  tx: EntityManager,
  { loginAsId, userId, at }: { loginAsId: string; userId: string; at: Date },
): Promise<string[][] | null> {
  const [row] = await tx.query(
    `select m.networks as own, home.networks as home, client.networks as client
     from login_as l
     join app_user u on u.id = l.actor_user_id and u.status = 'ACTIVE'
     join membership m on m.user_id = l.actor_user_id and m.account_id = l.actor_account_id and m.status = 'ACTIVE'
     left join access.account_network home on home.account = l.actor_account_id
     left join access.account_network client on client.account = l.account_id
     where l.id = $1 and l.actor_user_id = $2 and l.ended_at is null and l.until > $3`,
    [loginAsId, userId, at],
  );
  return row === undefined ? null : listsOf(row.own, row.home, row.client);
}

/**
 * The session of a log-in-as that goes on and was started by that person; null else. Notes that it takes a new token.
 * For the system role.
 */
export async function touchLoginAsSession(
  tx: EntityManager,
  { loginAsId, userId, at }: { loginAsId: string; userId: string; at: Date },
): Promise<{ sessionId: string; loginAs: LoginAsRow } | null> {
  const goesOn = { id: loginAsId, actorUserId: userId, endedAt: IsNull(), until: MoreThan(at) };
  const loginAs = await tx.findOneBy(LoginAsTable, goesOn);
  if (loginAs === null) return null;
  const [sessions] = await tx.query(
    `update session s set rotated_at = $2 where s.login_as_id = $1 and s.revoked_at is null
       and exists (select from session p where p.id = s.parent_id and p.revoked_at is null and p.expires_at > $2)
     returning s.id`,
    [loginAsId, at],
  );
  return sessions.length === 1 ? { sessionId: sessions[0].id, loginAs } : null;
}

/** Locks a log-in-as for a decision about it; null when it is not there for this viewer. */
export async function lockLoginAs(tx: EntityManager, id: string): Promise<LoginAsRow | null> {
  return await lockRow(tx, LoginAsTable, { id });
}

/** A log-in-as that was started by that person; null when there is none. For the system role. */
export async function findOwnLoginAs(tx: EntityManager, id: string, userId: string): Promise<LoginAsRow | null> {
  return await tx.findOneBy(LoginAsTable, { id, actorUserId: userId });
}

/** Ends a log-in-as; one that has ended already stays as it is. */
export async function saveLoginAsEnd(tx: EntityManager, id: string, userId: string, at: Date): Promise<void> {
  await tx.update(LoginAsTable, { id, endedAt: IsNull() }, { endedAt: at, endedBy: userId });
}
