import { admitted, inScope } from '@comptoir/shared/rowScope.ts';
import { readId } from '@comptoir/shared/uuid.ts';
import { type Area, holds, type Viewer } from '@comptoir/shared/viewer.ts';
import type { AccessResourceInput } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { maySeeMembership } from '../people/peopleStore.ts';

/** Where a resource belongs: whose it is, and which partner may see it by a take-over. */
export type Place = {
  accountId: string;
  payerId: string | null;
  /** The site that it belongs to, null for none; undefined for what sites do not matter to. */
  branchId?: string | null;
};

const TRACKER_PLACE = 'query Place($id: ID!) { internalTrackerPlace(id: $id) { accountId branchId payerId } }';
const WALLET_PLACE = 'query Place($id: ID!) { internalWalletPlace(id: $id) { accountId } }';

/** Without the area one does not see such a thing at all. An account's name is shown to every member. */
const SEEN_WITH: Record<AccessResourceInput['type'], Area | null> = {
  ACCOUNT: null,
  MEMBERSHIP: 'SECURITY',
  API_KEY: 'SECURITY',
  TRACKER: 'TRACKERS',
  WALLET: 'BILLING',
};

/** The place of a resource that the asker can see now; null for every other, whether or not it exists. */
export async function findPlace(ctx: SubgraphContext, { type, id }: AccessResourceInput): Promise<Place | null> {
  const { viewer } = ctx;
  const known = readId(id);
  const area = SEEN_WITH[type];
  if (known === null || (area !== null && !holds(viewer, area, 'READ'))) return null;
  const place = await placeOf(ctx, type, known);
  return place !== null && (await canSee(ctx, viewer, place, area ?? 'LINK')) ? place : null;
}

async function placeOf(ctx: SubgraphContext, type: AccessResourceInput['type'], id: string): Promise<Place | null> {
  const { loaders, call, viewer } = ctx;
  switch (type) {
    case 'ACCOUNT':
      return { accountId: id, payerId: null };
    case 'MEMBERSHIP': {
      const row = await loaders.membership.load(id);
      return row !== null && maySeeMembership(viewer, row) ? { accountId: row.accountId, payerId: null } : null;
    }
    case 'API_KEY': {
      const row = await loaders.apiKey.load(id);
      return row === null ? null : { accountId: row.accountId, payerId: null };
    }
    case 'TRACKER':
      return (await call<{ internalTrackerPlace: Place | null }>('trackers', TRACKER_PLACE, { id }))
        .internalTrackerPlace;
    case 'WALLET': {
      const { internalWalletPlace } = await call<{ internalWalletPlace: Place | null }>('billing', WALLET_PLACE, {
        id,
      });
      return internalWalletPlace && { ...internalWalletPlace, payerId: null };
    }
  }
}

/** As the policies of the thing itself say: scope, network list of its account, accounts of a key, sites (G11, G12, G15). */
async function canSee(ctx: SubgraphContext, viewer: Viewer, place: Place, area: Area | 'LINK'): Promise<boolean> {
  if (viewer.kind !== 'PERSON' && viewer.kind !== 'KEY') return false;
  if (place.branchId !== undefined && viewer.branches !== undefined) {
    if (place.branchId === null || !viewer.branches.includes(place.branchId)) return false;
  }
  const [row] = await ctx.read((tx) =>
    tx.query(
      `select ${inScope('place.account', area, 'READ')} or ($2 and ${admitted('place.account')}) as seen from (select $1::uuid) as place (account)`,
      [place.accountId, place.payerId === viewer.accountId],
    ),
  );
  return row.seen;
}
