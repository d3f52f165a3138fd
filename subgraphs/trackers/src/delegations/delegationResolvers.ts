import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { AccountResolvers, DelegationResolvers, QueryResolvers } from '../../generated/graphql.ts';
import type { TrackerRow } from '../trackers/trackerTables.ts';
import { ACTIONS, notYourPartner, refusesStep } from './delegation.ts';
import { pairKey } from './delegationStore.ts';
import type { DelegationRow } from './delegationTables.ts';

export const Delegation: DelegationResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.delegation.load(known);
  },
  client: ({ clientId }) => ({ id: clientId }),
  partner: ({ partnerId }) => ({ id: partnerId }),
  trackers: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['id']);
    return connection<TrackerRow>(await loaders.listedTrackers(id, page, null), page, (row) => [row.id]);
  },
  trackerCount: async ({ id }, _args, { loaders }) => (await loaders.trackerCount.load(id))?.trackers ?? 0,
  availableActions: async (delegation, _args, { loaders, viewer }) => {
    const linked = (await loaders.linked.load(pairKey(delegation))) !== null;
    return ACTIONS.map((action) => {
      const refused =
        refusesStep(delegation, action, viewer) ?? (action === 'ACCEPT' && !linked ? notYourPartner([]) : null);
      return { action, allowed: refused === null, reason: refused?.message ?? null };
    });
  },
};

export const AccountDelegations: Pick<AccountResolvers, 'delegations'> = {
  delegations: async (account, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.delegations(account.id, page, { status: args.status ?? null });
    return connection<DelegationRow>(rows, page, (row) => [row.offeredAt.toISOString(), row.id]);
  },
};

export const DelegationQuery: Pick<QueryResolvers, 'delegation'> = {
  delegation: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.delegation.load(known);
  },
};
