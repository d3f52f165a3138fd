import { inScope } from '@comptoir/shared/database/rowScope.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { type Area, type AreaGrant, type Areas, toAreas } from '@comptoir/shared/viewer/areas.ts';
import { areasWithin } from '@comptoir/shared/viewer/roles.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';

/**
 * The account that a mutation is for: the active one, or another that is open to the viewer for writing in that area.
 */
export async function findWritableAccount(
  tx: EntityManager,
  viewer: PersonViewer,
  named: string | null,
  area: Area,
): Promise<string | Refusal<'ACCOUNT_NOT_FOUND'>> {
  const notFound = new Refusal('ACCOUNT_NOT_FOUND' as const, 'There is no such account.', ['input', 'accountId']);
  const accountId = named === null ? viewer.accountId : readId(named);
  if (accountId === null) return notFound;
  const open: unknown[] = await tx.query(
    `select from (select $1::uuid as id) as account where ${inScope('account.id', area, 'WRITE')}`,
    [accountId],
  );
  return open.length === 1 ? accountId : notFound;
}

/**
 * What somebody holds in an account, within the ceiling of their role: no one grants more (O10). In one that a
 * partnership opens, as far as it opens it.
 */
export async function areasIn(
  tx: EntityManager,
  viewer: Pick<PersonViewer, 'accountId' | 'role' | 'areas'>,
  accountId: string,
  now: Date,
): Promise<Areas> {
  const held = areasWithin(viewer.role, viewer.areas);
  if (accountId === viewer.accountId || viewer.role === 'STAFF') return held;
  const open: AreaGrant[] = await tx.query(
    `select r.area, max(r.verb) as verb from access.reach r
     where r.holder = $1 and r.account = $2 and r.area <> 'LINK' and r.valid @> $3::timestamptz group by r.area`,
    [viewer.accountId, accountId, now],
  );
  return toAreas(
    open.flatMap(({ area, verb }) => {
      const own = held[area];
      if (own === undefined) return [];
      // WRITE sorts after READ, so `max` gave the more of the two.
      return [{ area, verb: own === 'WRITE' && verb === 'WRITE' ? ('WRITE' as const) : ('READ' as const) }];
    }),
  );
}
