import type { AccessResourceInput } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import type { Branches } from './branches.ts';
import { findContactAt, findKeyAt, findMakerAt, findMembershipAt } from './standingAt.ts';

/** Where a resource belongs: whose it is, and which partner may see it by a take-over. */
export type Place = {
  accountId: string;
  payerId: string | null;
  /** Undefined for what branches do not matter to. */
  branches?: Branches;
};

export type TrackerPlace = { accountId: string; payerId: string | null; branchId: string | null };

/** Of now, where no instant is given. */
export const TRACKER_PLACE =
  'query Place($id: ID!, $at: DateTime) { internalTrackerPlace(id: $id, at: $at) { accountId branchId payerId } }';
export const WALLET_PLACE =
  'query Place($id: ID!, $at: DateTime) { internalWalletPlace(id: $id, at: $at) { accountId } }';
const ACCOUNT_SINCE = 'query Since($ids: [ID!]!) { internalAccountNames(ids: $ids) { id createdAt } }';

export const branchOf = (branchId: string | null): Branches => ({ ids: branchId === null ? null : [branchId] });

/**
 * Where a resource belonged at an instant (N08); null when there was none then. For one that the asker can see now:
 * what may be known of it is judged by today, what was so by that instant. Nothing moves from one account to another,
 * so whose it is stays; branches, take-overs, and whether it was there at all are read as of then.
 */
export async function placeAt(
  ctx: SubgraphContext,
  { type }: AccessResourceInput,
  { id, place, at }: { id: string; place: Place; at: Date },
): Promise<Place | null> {
  const { accountId } = place;
  const then = at.toISOString();
  switch (type) {
    case 'ACCOUNT': {
      type Answer = { internalAccountNames: { createdAt: string }[] };
      const { internalAccountNames } = await ctx.call<Answer>('accounts', ACCOUNT_SINCE, { ids: [id] });
      const [account] = internalAccountNames;
      return account !== undefined && new Date(account.createdAt) <= at ? place : null;
    }
    case 'MEMBERSHIP': {
      const row = await ctx.system('a member as it was', (tx) => findMembershipAt(tx, id, at));
      if (row === null) return null;
      return { accountId, payerId: null, branches: { ids: row.branches, userId: row.userId, person: true } };
    }
    case 'API_KEY':
      return await ctx.system('a key as it was', async (tx) => {
        const key = await findKeyAt(tx, id, at);
        if (key === null) return null;
        const maker = await findMakerAt(tx, key, at);
        const { userId } = key;
        const branches = { ids: maker?.branches ?? null, ...(userId === null ? {} : { userId }) };
        return { accountId, payerId: null, branches };
      });
    case 'CONTACT': {
      const row = await ctx.system('a card as it was', (tx) => findContactAt(tx, id, at));
      return row === null ? null : { accountId, payerId: null, branches: branchOf(row.branchId) };
    }
    case 'TRACKER': {
      type Answer = { internalTrackerPlace: TrackerPlace | null };
      const { internalTrackerPlace: found } = await ctx.call<Answer>('trackers', TRACKER_PLACE, { id, at: then });
      return found && { accountId, payerId: found.payerId, branches: branchOf(found.branchId) };
    }
    case 'WALLET': {
      type Answer = { internalWalletPlace: { accountId: string } | null };
      const { internalWalletPlace: found } = await ctx.call<Answer>('billing', WALLET_PLACE, { id, at: then });
      return found && place;
    }
  }
}
