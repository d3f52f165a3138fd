import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { opens } from '@comptoir/shared/database/rowScope.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { Area, AreaText, Verb } from '@comptoir/shared/viewer/areas.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';
import type { EntityManager } from 'typeorm';
import { LoginAsTable } from '../loginAs/loginAsTables.ts';
import type { Branches } from './branches.ts';
import { StandingHistoryTable } from './historyTables.ts';

/** A membership as it stood at an instant. */
export type MembershipThen = {
  id: string;
  userId: string;
  accountId: string;
  role: Role;
  areas: AreaText[];
  networks: string[];
  branches: string[] | null;
  status: string;
  /** Whether the person was active. */
  userActive: boolean;
};

/** A key as it stood at an instant. */
export type KeyThen = {
  id: string;
  /** Null for a key that was the account's own. */
  userId: string | null;
  accountId: string;
  areas: AreaText[];
  networks: string[];
  accounts: string[] | null;
  notBefore: Date | null;
  expiresAt: Date | null;
  revokedAt: Date | null;
};

const MEMBERSHIP_THEN = `m.subject as id, ${columnsOf(StandingHistoryTable, 'm', ['userId', 'accountId'])}, m.state ->> 'role' as role,
  m.state -> 'areas' as areas, m.state -> 'networks' as networks, nullif(m.state -> 'branches', 'null') as branches, m.state ->> 'status' as status,
  exists (select from standing_history u where u.subject = m.user_id and u.valid @> $2::timestamptz and u.state ->> 'status' = 'ACTIVE') as "userActive"`;

/** For the system role, after it was decided that the asker may know of it. */
export async function findMembershipAt(tx: EntityManager, id: string, at: Date): Promise<MembershipThen | null> {
  const [row] = await tx.query(
    `select ${MEMBERSHIP_THEN} from standing_history m where m.subject = $1 and m.kind = 'MEMBERSHIP' and m.valid @> $2::timestamptz`,
    [id, at],
  );
  return row ?? null;
}

/**
 * The membership of the member whose key it was. Of a key that was the account's own (G15) the key itself: what it was
 * given, no role of anybody, no branches.
 */
export async function findMakerAt(tx: EntityManager, key: KeyThen, at: Date): Promise<MembershipThen | null> {
  if (key.userId === null) {
    const { id, accountId, areas } = key;
    const own = { networks: [], branches: null, status: 'ACTIVE', userActive: true };
    return { ...own, id, userId: id, accountId, role: 'MEMBER', areas };
  }
  const [row] = await tx.query(
    `select ${MEMBERSHIP_THEN} from standing_history m
     where m.user_id = $1 and m.account_id = $3 and m.kind = 'MEMBERSHIP' and m.valid @> $2::timestamptz`,
    [key.userId, at, key.accountId],
  );
  return row ?? null;
}

export async function findKeyAt(tx: EntityManager, id: string, at: Date): Promise<KeyThen | null> {
  const [row] = await tx.query(
    `select k.subject as id, ${columnsOf(StandingHistoryTable, 'k', ['userId', 'accountId'])}, k.state -> 'areas' as areas, k.state -> 'networks' as networks,
            nullif(k.state -> 'accounts', 'null') as accounts, (k.state ->> 'not_before')::timestamptz as "notBefore",
            (k.state ->> 'expires_at')::timestamptz as "expiresAt", (k.state ->> 'revoked_at')::timestamptz as "revokedAt"
     from standing_history k where k.subject = $1 and k.kind = 'KEY' and k.valid @> $2::timestamptz`,
    [id, at],
  );
  return row ?? null;
}

type CardThen = { accountId: string; branchId: string | null };

const CARD_THEN = `${columnsOf(StandingHistoryTable, 'c', ['accountId'])}, (c.state ->> 'branch_id')::uuid as "branchId"`;

/** Where a contact card belonged; null when there was none then. */
export async function findContactAt(tx: EntityManager, id: string, at: Date): Promise<CardThen | null> {
  const [row] = await tx.query(
    `select ${CARD_THEN} from standing_history c where c.subject = $1 and c.kind = 'CONTACT' and c.valid @> $2::timestamptz`,
    [id, at],
  );
  return row ?? null;
}

/** Where a contact card belonged last, also when it is deleted. */
export async function findContactLast(tx: EntityManager, id: string): Promise<CardThen | null> {
  const [row] = await tx.query(
    `select ${CARD_THEN} from standing_history c where c.subject = $1 and c.kind = 'CONTACT' order by lower(c.valid) desc limit 1`,
    [id],
  );
  return row ?? null;
}

/**
 * What a log-in-as opened of the client at an instant: what the client let the actor's account into, all for staff;
 * null when it did not go on then.
 */
export async function findLoginAsAt(
  tx: EntityManager,
  id: string,
  at: Date,
): Promise<{ actorAccountId: string; byStaff: boolean; reach: AreaText[] } | null> {
  const [row] = await tx.query(
    `select ${columnsOf(LoginAsTable, 'l', ['actorAccountId', 'byStaff'])}, array(select r.area || ':' || r.verb from access.reach r
       where r.holder = l.actor_account_id and r.account = l.account_id and r.area <> 'LINK' and r.valid @> $2::timestamptz) as reach
     from login_as l where l.id = $1 and l.started_at <= $2 and least(l.until, l.ended_at) > $2`,
    [id, at],
  );
  return row ?? null;
}

/** The network list of an account; empty is no limit. */
export async function findNetworksAt(tx: EntityManager, accountId: string, at: Date): Promise<string[]> {
  const [row] = await tx.query(
    `select state -> 'networks' as networks from standing_history where subject = $1 and kind = 'NETWORKS' and valid @> $2::timestamptz`,
    [accountId, at],
  );
  return row?.networks ?? [];
}

/**
 * Whether an account required a second factor of the one who enters, or the partnership by which `holder` comes to it
 * (N25).
 */
export async function asksSecondFactorAt(
  tx: EntityManager,
  { holder, account, at }: { holder: string; account: string; at: Date },
): Promise<boolean> {
  const [row] = await tx.query(
    `select exists (select from standing_history h where h.subject = history_subject('SECOND_FACTOR', $2) and h.valid @> $3::timestamptz)
         or exists (select from access.reach r where r.holder = $1 and r.account = $2 and r.second_factor and r.valid @> $3::timestamptz) as asks`,
    [holder, account, at],
  );
  return row.asks;
}

/** Whether a person had a second factor. */
export async function hasSecondFactorAt(tx: EntityManager, userId: string, at: Date): Promise<boolean> {
  const rows: unknown[] = await tx.query(
    `select from standing_history h where h.subject = history_subject('TOTP', $1) and h.valid @> $2::timestamptz`,
    [userId, at],
  );
  return rows.length > 0;
}

/** The partnership that opened an account to another for an area; null when none did. */
export async function findReach(
  tx: EntityManager,
  { holder, account, area, verb, at }: { holder: string; account: string; area: Area | 'LINK'; verb: Verb; at: Date },
): Promise<string | null> {
  const [row] = await tx.query(
    `select r.partnership_id as id from access.reach r
     where ${opens('$1', '$2', area, verb)} and r.valid @> $3::timestamptz limit 1`,
    [holder, account, at],
  );
  return row?.id ?? null;
}

/**
 * Branches that somebody who is limited must have to change something: every one of these, and one of those; null is
 * only for who is not limited.
 */
export type Touched = { every: string[] | null; one?: string[] };

/**
 * Members of an account who may give an area to others: who hold it (one of `areas`, where there are any) and SECURITY
 * for writing, now, within their branches. The first twenty, and whether the asker meets them.
 */
export async function findGrantors(
  tx: EntityManager,
  accountId: string,
  areas: readonly AreaText[],
  touched: Touched | null,
): Promise<{ id: string; visible: boolean }[]> {
  return await tx.query(
    `select m.id, ((select access.viewer_branches()) is null or m.user_id = (select access.viewer_user())
              or coalesce(m.branches && (select access.viewer_branches())::uuid[], false)) as visible
     from membership m join app_user u on u.id = m.user_id and u.status = 'ACTIVE'
     where m.account_id = $1 and m.status = 'ACTIVE' and 'SECURITY:WRITE' = any(m.areas) and ($2::text[] = '{}' or m.areas && $2)
       and (m.branches is null or not $3 or coalesce(m.branches @> $4::uuid[] and ($5::uuid[] is null or m.branches && $5), false))
     order by m.created_at, m.id limit 20`,
    [accountId, areas, touched !== null, touched?.every ?? null, touched?.one ?? null],
  );
}

export type HolderRow = { kind: 'MEMBERSHIP' | 'API_KEY' | 'PARTNER_ACCOUNT'; id: string };

/**
 * Who reached a resource of `owner` at an instant: members and keys of `account`, and, where it is the owner itself,
 * partners. One page, by kind and id; no `KeysetList`: a union that no index has in order.
 */
export async function findHolders(
  tx: EntityManager,
  wanted: {
    account: string;
    owner: string;
    area: Area;
    verb: Verb;
    payerId: string | null;
    branches: Branches | undefined;
    /** The area is about the account as a whole: no member who is limited to branches holds it (G12). */
    wholeAccount: boolean;
    /** The asker's account requires a second factor of its people (N25). */
    asksAtHome: boolean;
    /**
     * How `account` comes to what is another's, but for staff: by a partnership, which may require a second factor, or
     * by a take-over.
     */
    way: { partnership: boolean; asksSecondFactor: boolean; delegation: boolean };
    at: Date;
  },
  page: Page,
): Promise<HolderRow[]> {
  const { account, owner, area, verb, payerId, branches, wholeAccount, asksAtHome, way, at } = wanted;
  const enough = verb === 'WRITE' ? [`${area}:WRITE`] : [`${area}:READ`, `${area}:WRITE`];
  const [kind, id] = page.after ?? [null, null];
  return await tx.query(
    `with member as (
       select m.subject, m.user_id, m.state ->> 'role' = 'STAFF' as staff,
         exists (select from standing_history t where t.subject = history_subject('TOTP', m.user_id) and t.valid @> $4::timestamptz) as second_factor
       from standing_history m join standing_history u on u.subject = m.user_id and u.valid @> $4::timestamptz and u.state ->> 'status' = 'ACTIVE'
       where m.kind = 'MEMBERSHIP' and m.account_id = $1 and m.valid @> $4::timestamptz and m.state ->> 'status' = 'ACTIVE'
         and m.state -> 'areas' ?| $3::text[]
         -- As the policy of memberships: whoever is limited to branches meets the members of those branches (G12).
         and ((select access.viewer_branches()) is null or m.user_id = (select access.viewer_user())
           or m.state -> 'branches' ?| (select access.viewer_branches())::text[])
         -- And of them those whose branches reach the resource: as \`reachesBranches\`.
         and (not $15 or coalesce(jsonb_typeof(m.state -> 'branches'), 'null') = 'null')
         and ($11 or coalesce(jsonb_typeof(m.state -> 'branches'), 'null') = 'null' or m.user_id = $12::uuid
           or coalesce(case when $14 then m.state -> 'branches' @> to_jsonb($13::text[]) else m.state -> 'branches' ?| $13::text[] end, false))
     ), holder as (
       -- As \`explain\` says: who lacks a second factor that the home account requires is let in nowhere, and one that the partnership requires not by it; keys are not asked (N25).
       select 'MEMBERSHIP' as kind, subject as id from member
       where (not $16 or second_factor) and ($1 = $2::uuid or staff or $19 or ($17 and (not $18 or second_factor)))
       union all
       select 'API_KEY', k.subject
       from standing_history k left join member m on m.user_id = k.user_id
       -- The account's own reach all of it, and are met by those who are not limited to branches.
       where (m.subject is not null or (k.user_id is null and (select access.viewer_branches()) is null)) and k.kind = 'KEY' and k.account_id = $1 and k.valid @> $4::timestamptz and k.state -> 'areas' ?| $3::text[]
         and k.state ->> 'revoked_at' is null
         and coalesce((k.state ->> 'not_before')::timestamptz <= $4, true) and coalesce((k.state ->> 'expires_at')::timestamptz > $4, true)
         and ($1 = $2::uuid or jsonb_typeof(k.state -> 'accounts') = 'null' or k.state -> 'accounts' ? $2::text)
         -- Nobody's key but a member of staff's comes to it as staff does.
         and ($1 = $2::uuid or coalesce(m.staff, false) or $17 or $19)
       union
       select 'PARTNER_ACCOUNT', r.holder
       from access.reach r
       where $1 = $2::uuid and r.account = $2::uuid and r.area = $5 and r.verb = $6 and r.valid @> $4::timestamptz
       union
       select 'PARTNER_ACCOUNT', $7::uuid where $1 = $2::uuid and $5 = 'TRACKERS' and $6 = 'READ' and $7::uuid is not null
     )
     select kind, id from holder
     where $8::text is null or (kind, id) > ($8, $9::uuid)
     order by kind, id limit $10`,
    [
      account,
      owner,
      enough,
      at,
      area,
      verb,
      payerId,
      kind,
      id,
      page.first + 1,
      branches === undefined,
      branches?.userId ?? null,
      branches?.ids ?? null,
      branches?.person === true && verb === 'WRITE',
      wholeAccount,
      asksAtHome,
      way.partnership,
      way.asksSecondFactor,
      way.delegation,
    ],
  );
}
