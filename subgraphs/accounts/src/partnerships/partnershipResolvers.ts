import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { type AreaText, readAreaText } from '@comptoir/shared/viewer/areas.ts';
import { holds } from '@comptoir/shared/viewer/viewer.ts';
import type { AccountResolvers, PartnershipResolvers, QueryResolvers } from '../../generated/graphql.ts';
import { ACTIONS, refusesStep, sideOf } from './partnership.ts';
import type { PartnershipRow } from './partnershipTables.ts';

const grants = (areas: AreaText[]) => areas.map(readAreaText);

export const Partnership: PartnershipResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.partnership.load(known);
  },
  partner: (partnership, _args, { loaders }) => loaders.account.load(partnership.partnerId),
  client: (partnership, _args, { loaders }) => loaders.account.load(partnership.clientId),
  askedAreas: (partnership) => grants(partnership.askedAreas),
  grantedAreas: (partnership) => grants(partnership.grantedAreas),
  availableActions: (partnership, _args, { viewer }) => {
    const side = viewer.kind === 'PERSON' || viewer.kind === 'KEY' ? sideOf(partnership, viewer.accountId) : null;
    const mayAct = holds(viewer, 'PROVISIONING', 'WRITE');
    return ACTIONS.map((action) => {
      const reason = mayAct
        ? (refusesStep(partnership, action, side)?.message ?? null)
        : 'This needs PROVISIONING for writing.';
      return { action, allowed: reason === null, reason };
    });
  },
};

export const AccountPartnerships: Pick<AccountResolvers, 'partnerships'> = {
  partnerships: async (account, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.partnerships(account.id, page, { status: args.status ?? null });
    return connection<PartnershipRow>(rows, page, (row) => [row.requestedAt.toISOString(), row.id]);
  },
};

export const PartnershipQuery: Pick<QueryResolvers, 'partnership'> = {
  partnership: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.partnership.load(known);
  },
};
