import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { holds } from '@comptoir/shared/viewer/viewer.ts';
import type { AccountResolvers, QueryResolvers, TrackerResolvers } from '../../generated/graphql.ts';
import { resolveAccount } from '../base/accountReference.ts';
import { trackerActions } from './tracker.ts';
import type { TrackerRow } from './trackerTables.ts';

export const Tracker: TrackerResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.tracker.load(known);
  },
  account: ({ accountId }) => ({ id: accountId }),
  branch: ({ branchId }) => (branchId === null ? null : { id: branchId }),
  payer: async ({ id, accountId }, _args, { loaders }) => ({
    id: (await loaders.payer.load(id))?.payerId ?? accountId,
  }),
  delegation: ({ id }, _args, { loaders }) => loaders.openDelegation.load(id),
  availableActions: async (tracker, _args, { loaders, viewer }) => {
    const writes = holds(viewer, 'TRACKERS', 'WRITE') && (await loaders.writable.load(tracker.accountId)) !== null;
    const owns = (viewer.kind === 'PERSON' || viewer.kind === 'KEY') && viewer.accountId === tracker.accountId;
    const taken = (await loaders.openDelegation.load(tracker.id)) !== null;
    return trackerActions(tracker, { writes, owns, taken });
  },
};

export const AccountTrackers: Pick<AccountResolvers, '__resolveReference' | 'trackers' | 'delegatedTrackers'> = {
  __resolveReference: (reference) => resolveAccount(reference),
  trackers: async (account, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const branchId = args.branchId == null ? null : readId(args.branchId);
    // What is no id is no branch either.
    if (args.branchId != null && branchId === null) return connection<TrackerRow>([], page, () => []);
    const filter = { status: args.status ?? null, kind: args.kind ?? null, branchId };
    const rows = await loaders.trackers(account.id, page, filter);
    return connection(rows, page, (row) => [row.createdAt.toISOString(), row.id]);
  },
  delegatedTrackers: async (account, args, { loaders }) => {
    const page = readPage(args, ['id']);
    return connection<TrackerRow>(await loaders.fleet(account.id, page, null), page, (row) => [row.id]);
  },
};

export const TrackerQuery: Pick<QueryResolvers, 'tracker'> = {
  tracker: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.tracker.load(known);
  },
};
