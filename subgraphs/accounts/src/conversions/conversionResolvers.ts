import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { holds, isStaff } from '@comptoir/shared/viewer/viewer.ts';
import type { AccountResolvers, PartnerConversionResolvers, QueryResolvers } from '../../generated/graphql.ts';
import { refusesAnswer } from './conversion.ts';
import { loadConversionPage } from './conversionStore.ts';
import type { ConversionRow } from './conversionTables.ts';

const keysOf = (row: ConversionRow): string[] => [row.requestedAt.toISOString(), row.id];

export const PartnerConversion: PartnerConversionResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.conversion.load(known);
  },
  account: (conversion, _args, { loaders }) => loaders.account.load(conversion.accountId),
  availableActions: (conversion, _args, { viewer }) => {
    const answers = isStaff(viewer) && holds(viewer, 'PROVISIONING', 'WRITE');
    const reason = answers ? (refusesAnswer(conversion)?.message ?? null) : 'The provider’s staff answer this.';
    return (['CONVERT', 'REFUSE'] as const).map((action) => ({ action, allowed: reason === null, reason }));
  },
};

export const AccountConversions: Pick<AccountResolvers, 'partnerConversions'> = {
  partnerConversions: async (account, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection<ConversionRow>(await loaders.conversions(account.id, page, null), page, keysOf);
  },
};

export const ConversionQuery: Pick<QueryResolvers, 'partnerConversions'> = {
  partnerConversions: async (_root, args, { read }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await read((tx) => loadConversionPage(tx, page, args.status ?? null));
    return connection<ConversionRow>(rows, page, keysOf);
  },
};
