import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { type AreaText, areaText, readAreaText, toAreas } from '@comptoir/shared/viewer/areas.ts';
import { type Role, withinCeiling } from '@comptoir/shared/viewer/roles.ts';
import type { QueryResolvers, CredentialStanding as Standing } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { listsOf } from '../people/doors.ts';
import { MembershipTable } from '../people/userTables.ts';

type StandingRow = {
  /** Null for a key that is the account's own. */
  userId: string | null;
  membershipId: string | null;
  accountId: string | null;
  role: Role | null;
  areas: AreaText[] | null;
  networks: string[] | null;
  branches: string[] | null;
  accountReady: boolean | null;
  accountNetworks: string[] | null;
  keyId: string | null;
  keyAccountId: string | null;
  keyAreas: AreaText[] | null;
  keyNetworks: string[] | null;
  keyLimits: { accounts: string[] | null; preview: boolean; creditBudget: number | null } | null;
  loginAs: LoginAsStanding | null;
  /** The account that the session chose. */
  chosenId: string | null;
  /** The person has one. */
  secondFactor: boolean;
  /** The account of the membership requires one of the one who enters (N25). */
  asksSecondFactor: boolean;
};

/** A log-in-as that goes on, with what the client opens to the actor's account now. */
type LoginAsStanding = {
  id: string;
  clientId: string;
  byStaff: boolean;
  reach: AreaText[];
  clientNetworks: string[];
  /** The client, or the partnership with it, requires a second factor (N25). */
  asksSecondFactor: boolean;
};

const STANDING = `
  select u.id as "userId", m.id as "membershipId", ${columnsOf(MembershipTable, 'm', ['accountId', 'role', 'areas', 'networks', 'branches', 'accountReady'])}, n.networks as "accountNetworks",
         c.key_id as "keyId", c.key_account as "keyAccountId", c.key_areas as "keyAreas", c.key_networks as "keyNetworks", c.key_limits as "keyLimits", c.login_as as "loginAs", c.chosen as "chosenId",
         exists (select from totp t where t.user_id = u.id and t.confirmed_at is not null) as "secondFactor",
         exists (select from access.account_second_factor f where f.account = m.account_id) as "asksSecondFactor"
  from (
    select s.user_id, coalesce(l.actor_account_id, $3::uuid) as account_id, null::uuid as key_id, null::uuid as key_account, null::text[] as key_areas,
           null::cidr[] as key_networks, null::json as key_limits,
           case when l.id is not null then json_build_object('id', l.id, 'clientId', l.account_id, 'byStaff', l.by_staff,
             'reach', array(select r.area || ':' || r.verb from access.reach r
               where r.holder = l.actor_account_id and r.account = l.account_id and r.area <> 'LINK' and r.valid @> $5::timestamptz),
             'clientNetworks', coalesce((select n.networks from access.account_network n where n.account = l.account_id), '{}'),
             'asksSecondFactor', exists (select from access.account_second_factor f where f.account = l.account_id)
               or exists (select from access.reach r where r.holder = l.actor_account_id and r.account = l.account_id and r.second_factor and r.valid @> $5::timestamptz)) end as login_as, s.account_id as chosen
    from session s left join login_as l on l.id = s.login_as_id
    where s.id = $1 and s.revoked_at is null and s.expires_at > $4
      -- A log-in-as ends when somebody ends it, when its account is cancelled (A59), and with the session that it was started from.
      and (s.login_as_id is null or (l.ended_at is null and l.until > $4
        and exists (select from session p where p.id = s.parent_id and p.revoked_at is null and p.expires_at > $4)))
    union all
    select k.user_id, k.account_id, k.id, k.account_id, k.areas, k.networks,
           json_build_object('accounts', k.accounts, 'preview', k.preview, 'creditBudget', k.credit_budget), null, null
    from api_key k where (k.hash = $2 or (k.previous_hash = $2 and k.previous_until > $5)) and k.revoked_at is null
      and (k.not_before is null or k.not_before <= $5) and (k.expires_at is null or k.expires_at > $5)
  ) as c
  left join app_user u on u.id = c.user_id and u.status = 'ACTIVE'
  left join membership m on m.user_id = u.id and m.account_id = c.account_id and m.status = 'ACTIVE'
  left join access.account_network n on n.account = coalesce(m.account_id, c.key_account)
  -- A key without a person is the account's own (G15).
  where u.id is not null or (c.key_id is not null and c.user_id is null)`;

/**
 * The gateway asks this for every request: one statement. Sessions live in real time, the validity of a key is a matter
 * of the installation's clock.
 */
export const credentialStanding =
  (config: IdentityConfig): QueryResolvers['credentialStanding'] =>
  async (_root, { credential }, ctx) => {
    const sessionId = credential.sessionId == null ? null : readId(credential.sessionId);
    const keyHash = sessionId === null ? (credential.keyHash ?? null) : null;
    const named = credential.accountId == null ? null : readId(credential.accountId);
    const [row] = await ctx.system(
      'tell the gateway what a credential is good for',
      async (tx): Promise<StandingRow[]> =>
        await tx.query(STANDING, [sessionId, keyHash, named, realNow(config), ctx.now]),
    );
    if (row === undefined) return null;
    const { userId } = row;
    if (userId === null) return accountKeyStanding(row, named);
    // A key ends with the membership of the person whose it is.
    if (row.keyId !== null && row.membershipId === null) return null;

    if (row.loginAs !== null) return loginAsStanding({ ...row, userId }, row.loginAs, named);

    const opens = row.keyAccountId === null || named === null || named === row.keyAccountId;
    // Keys are no people, and are not asked for a second factor.
    const barred = row.keyId === null && row.membershipId !== null && row.asksSecondFactor && !row.secondFactor;
    const member = opens && row.membershipId !== null && !barred;
    return {
      userId,
      ofAccount: false,
      secondFactor: row.secondFactor,
      secondFactorFor: barred ? row.accountId : null,
      membershipId: member ? row.membershipId : null,
      accountId: member ? row.accountId : null,
      role: member ? row.role : null,
      areas: member ? heldAreas(ownAreas(row), row.keyAreas) : [],
      networks: listsOf(row.networks, row.keyNetworks, row.accountNetworks),
      keyId: row.keyId,
      keyLimits: row.keyLimits && ownWithin(row.keyLimits, row.accountId),
      actors: [],
      branches: member ? row.branches : null,
      opening: member && row.accountReady === false,
      // Anyone who lost the account that they had chosen is a person without one: they can choose another, and log out.
      refusal: !member && !barred && named !== null && named !== row.chosenId ? notOpen(row.keyId) : null,
    };
  };

/**
 * What a log-in-as is good for: the areas that its actor holds at home and the client opens to that account, both at
 * this moment; null when SECURITY for writing is not among them any more (N12), or when the actor is limited to
 * branches of their own account by now: a client is beyond them (G12). It is no one's role there: neither the client's
 * owner nor, for staff, past account borders.
 */
function loginAsStanding(
  row: StandingRow & { userId: string },
  loginAs: LoginAsStanding,
  named: string | null,
): Standing | null {
  const { id, clientId, byStaff, reach, clientNetworks } = loginAs;
  const { userId, membershipId, accountId } = row;
  if (membershipId === null || accountId === null || row.branches !== null) return null;
  if (byStaff && row.role !== 'STAFF') return null;
  const areas = byStaff ? ownAreas(row) : heldAreas(ownAreas(row), reach);
  if (!areas.includes('SECURITY:WRITE')) return null;
  const opens = named === null || named === clientId;
  const asks = loginAs.asksSecondFactor || row.asksSecondFactor;
  return {
    userId,
    ofAccount: false,
    secondFactor: row.secondFactor,
    secondFactorFor: asks && !row.secondFactor ? clientId : null,
    membershipId: opens ? membershipId : null,
    accountId: opens ? clientId : null,
    role: opens ? 'MEMBER' : null,
    areas: opens ? areas : [],
    networks: listsOf(row.networks, row.accountNetworks, clientNetworks),
    keyId: null,
    actors: [{ userId, accountId, loginAsId: id }],
    branches: null,
    opening: false,
    refusal: opens
      ? null
      : 'A log-in-as acts for the account that it was started for. Leave out the header "Comptoir-Account".',
  };
}

/**
 * What a key of an account is good for: the areas that it was given, in that account, no matter who made it and
 * whatever has become of them. It has no role of anybody and no branches, and acts by its own id.
 */
function accountKeyStanding(row: StandingRow, named: string | null): Standing {
  const { keyId, keyAccountId, keyAreas, keyNetworks, accountNetworks, keyLimits } = row;
  const id = keyId as string;
  const opens = named === null || named === keyAccountId;
  return {
    userId: id,
    ofAccount: true,
    secondFactor: false,
    secondFactorFor: null,
    membershipId: opens ? id : null,
    accountId: opens ? keyAccountId : null,
    role: opens ? 'MEMBER' : null,
    areas: opens ? (keyAreas ?? []) : [],
    networks: [keyNetworks, accountNetworks].filter((list) => list !== null && list.length > 0) as string[][],
    keyId: id,
    keyLimits: keyLimits && ownWithin(keyLimits, keyAccountId),
    actors: [],
    branches: null,
    opening: false,
    refusal: opens ? null : notOpen(id),
  };
}

/** What the member holds, within the ceiling of the role: nothing that is stored above it is effective (G09). */
const ownAreas = ({ role, areas }: StandingRow): AreaText[] =>
  role === null || areas === null ? [] : withinCeiling(role, areas);

/** The account that the caller names is none of theirs, or there is none: what to do instead. */
const notOpen = (keyId: string | null): string =>
  keyId === null
    ? 'There is no such account for you. Name one of `viewer.memberships` in the header "Comptoir-Account", or leave the header out.'
    : 'There is no such account for this key. Leave out the header "Comptoir-Account": a key acts for its own account, and names others that it reaches by their ids.';

/** A key acts in its own account always: the set says which others it reaches besides (G15). */
const ownWithin = <Limits extends { accounts: string[] | null }>(limits: Limits, own: string | null): Limits => ({
  ...limits,
  accounts: limits.accounts === null || own === null ? limits.accounts : [...new Set([own, ...limits.accounts])],
});

/** A key opens what it was given, as far as the person who made it still holds it (G15). */
export function heldAreas(held: readonly AreaText[], key: readonly AreaText[] | null): AreaText[] {
  if (key === null) return [...held];
  const areas = toAreas(held.map(readAreaText));
  return key.map(readAreaText).flatMap(({ area, verb }) => {
    const own = areas[area];
    if (own === undefined) return [];
    return [areaText({ area, verb: own === 'WRITE' ? verb : 'READ' })];
  });
}
