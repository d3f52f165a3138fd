import { type AreaText, areaText, readAreaText, toAreas } from '@comptoir/shared/areas.ts';
import { readId } from '@comptoir/shared/uuid.ts';
import type { QueryResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../config.ts';

type StandingRow = {
  userId: string;
  membershipId: string | null;
  accountId: string | null;
  role: string | null;
  areas: AreaText[] | null;
  networks: string[] | null;
  accountNetworks: string[] | null;
  keyId: string | null;
  keyAccountId: string | null;
  keyAreas: AreaText[] | null;
  keyNetworks: string[] | null;
};

const STANDING = `
  select u.id as "userId", m.id as "membershipId", m.account_id as "accountId", m.role, m.areas, m.networks, n.networks as "accountNetworks",
         c.key_id as "keyId", c.key_account as "keyAccountId", c.key_areas as "keyAreas", c.key_networks as "keyNetworks"
  from (
    select s.user_id, $3::uuid as account_id, null::uuid as key_id, null::uuid as key_account, null::text[] as key_areas, null::cidr[] as key_networks
    from session s where s.id = $1 and s.revoked_at is null and s.expires_at > $4
    union all
    select k.user_id, k.account_id, k.id, k.account_id, k.areas, k.networks
    from api_key k where k.hash = $2 and k.revoked_at is null
      and (k.not_before is null or k.not_before <= $5) and (k.expires_at is null or k.expires_at > $5)
  ) as c
  join app_user u on u.id = c.user_id and u.status = 'ACTIVE'
  left join membership m on m.user_id = u.id and m.account_id = c.account_id and m.status = 'ACTIVE'
  left join access.account_network n on n.account = m.account_id`;

/** The gateway asks this for every request: one statement. Sessions live in real time, the validity of a key is a matter of the installation's clock. */
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
    // A key ends with the membership of the person who made it.
    if (row.keyId !== null && row.membershipId === null) return null;

    const opens = row.keyAccountId === null || named === null || named === row.keyAccountId;
    const member = opens && row.membershipId !== null;
    return {
      userId: row.userId,
      membershipId: member ? row.membershipId : null,
      accountId: member ? row.accountId : null,
      role: member ? row.role : null,
      areas: member ? heldAreas(row.areas ?? [], row.keyAreas) : [],
      networks: [row.networks, row.keyNetworks, row.accountNetworks]
        .filter((list) => list !== null)
        .filter((list) => list.length > 0),
      keyId: row.keyId,
      refusal: !member && named !== null ? 'There is no such account for you.' : null,
    };
  };

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
