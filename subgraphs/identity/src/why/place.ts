import { admitted, inScope } from '@comptoir/shared/database/rowScope.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { Area } from '@comptoir/shared/viewer/areas.ts';
import { holds, isLimitedToBranches, type PersonViewer, type Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { AccessResourceInput } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { findMembershipOf, maySeeMembership } from '../people/peopleStore.ts';
import type { MembershipRow } from '../people/userTables.ts';
import { type Branches, reachesBranches } from './branches.ts';
import { branchOf, type Place, placeAt, TRACKER_PLACE, type TrackerPlace, WALLET_PLACE } from './placeAt.ts';
import { isWholeAccount } from './rules.ts';
import { findContactLast } from './standingAt.ts';

/** Without the area one does not see such a thing at all. An account's name is shown to every member. */
const SEEN_WITH: Record<AccessResourceInput['type'], Area | null> = {
  ACCOUNT: null,
  MEMBERSHIP: 'SECURITY',
  API_KEY: 'SECURITY',
  CONTACT: 'OTHER',
  TRACKER: 'TRACKERS',
  WALLET: 'BILLING',
};

/**
 * The place of a resource that the asker can see now, and where it belonged at the instant, if any is asked for; null
 * for every other, whether or not it exists. Of a card that was deleted an asker can be told for an instant at which it
 * was there.
 */
export async function findPlaces(
  ctx: SubgraphContext,
  resource: AccessResourceInput,
  at: Date | null,
): Promise<{ now: Place; asOf: Place | null } | null> {
  const now = await findPlace(ctx, resource, at !== null);
  if (now === null) return null;
  const id = readId(resource.id) as string;
  return { now, asOf: at === null ? now : await placeAt(ctx, resource, { id, place: now, at }) };
}

/** The place of a resource that the asker can see now; null for every other, whether or not it exists. */
async function findPlace(
  ctx: SubgraphContext,
  { type, id }: AccessResourceInput,
  past: boolean,
): Promise<Place | null> {
  const { viewer } = ctx;
  const known = readId(id);
  const area = SEEN_WITH[type];
  if (known === null || (area !== null && !holds(viewer, area, 'READ'))) return null;
  if (isLimitedToBranches(viewer) && isBeyondBranches(viewer, type, known)) return null;
  const place = await placeOf(ctx, type, known, past);
  return place !== null && (await canSee(ctx, viewer, place, area ?? 'LINK')) ? place : null;
}

/**
 * What a member who is limited to branches sees nothing of: other accounts, and what belongs to the account as a whole
 * (G12).
 */
function isBeyondBranches(viewer: Viewer, type: AccessResourceInput['type'], id: string): boolean {
  const area = SEEN_WITH[type];
  return area === null ? (viewer as PersonViewer).accountId !== id : isWholeAccount(area);
}

async function placeOf(
  ctx: SubgraphContext,
  type: AccessResourceInput['type'],
  id: string,
  past: boolean,
): Promise<Place | null> {
  const { loaders, call, viewer } = ctx;
  switch (type) {
    case 'ACCOUNT':
      return { accountId: id, payerId: null };
    case 'MEMBERSHIP': {
      const row = await loaders.membership.load(id);
      if (row === null || !maySeeMembership(viewer, row)) return null;
      return { accountId: row.accountId, payerId: null, branches: branchesOf(row) };
    }
    case 'API_KEY': {
      const row = await loaders.apiKey.load(id);
      if (row === null) return null;
      // Anyone who sees the key sees the membership of who made it.
      const { userId, accountId } = row;
      const made = userId === null ? null : await ctx.read((tx) => findMembershipOf(tx, { userId, accountId }));
      const branches = { ids: made?.branches ?? null, ...(userId === null ? {} : { userId }) };
      return { accountId: row.accountId, payerId: null, branches };
    }
    case 'CONTACT': {
      const row = await loaders.contact.load(id);
      const card = row ?? (past ? await ctx.system('a card that is gone', (tx) => findContactLast(tx, id)) : null);
      return card && { accountId: card.accountId, payerId: null, branches: branchOf(card.branchId) };
    }
    case 'TRACKER': {
      type Answer = { internalTrackerPlace: TrackerPlace | null };
      const { internalTrackerPlace: found } = await call<Answer>('trackers', TRACKER_PLACE, { id });
      return found && { accountId: found.accountId, payerId: found.payerId, branches: branchOf(found.branchId) };
    }
    case 'WALLET': {
      const { internalWalletPlace } = await call<{ internalWalletPlace: Place | null }>('billing', WALLET_PLACE, {
        id,
      });
      return internalWalletPlace && { ...internalWalletPlace, payerId: null };
    }
  }
}

const branchesOf = ({ branches, userId }: MembershipRow): Branches => ({ ids: branches, userId, person: true });

/**
 * As the policies of the thing itself say: scope, network list of its account, accounts of a key, branches (G11, G12,
 * G15).
 */
async function canSee(ctx: SubgraphContext, viewer: Viewer, place: Place, area: Area | 'LINK'): Promise<boolean> {
  if (viewer.kind !== 'PERSON' && viewer.kind !== 'KEY') return false;
  const { userId, branches = null } = viewer;
  if (place.branches !== undefined && !reachesBranches({ userId, branches }, place.branches, 'READ')) return false;
  const [row] = await ctx.read((tx) =>
    tx.query(
      `select ${inScope('place.account', area, 'READ')} or ($2 and ${admitted('place.account')}) as seen from (select $1::uuid) as place (account)`,
      [place.accountId, place.payerId === viewer.accountId],
    ),
  );
  return row.seen;
}
