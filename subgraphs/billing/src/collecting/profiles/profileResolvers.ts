import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { AccountResolvers, BillingProfileResolvers, QueryResolvers } from '../../../generated/graphql.ts';
import type { ShownPayment } from '../payments/paymentTables.ts';
import type { ShownProfile } from './profileTables.ts';

export const BillingProfile: BillingProfileResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.profile.load(known);
  },
  account: ({ accountId }) => ({ id: accountId }),
  payments: async (profile, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.payments(profile.id, page, null);
    return connection<ShownPayment>(rows, page, (row) => [row.createdAt.toISOString(), row.id]);
  },
};

export const AccountProfiles: Pick<AccountResolvers, 'billingProfiles'> = {
  billingProfiles: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const known = id === undefined ? null : readId(id);
    const rows = known === null ? [] : await loaders.profilesOf(known, page, null);
    return connection<ShownProfile>(rows, page, (row) => [row.createdAt.toISOString(), row.id]);
  },
};

export const ProfileQuery: Pick<QueryResolvers, 'billingProfile'> = {
  billingProfile: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.profile.load(known);
  },
};
