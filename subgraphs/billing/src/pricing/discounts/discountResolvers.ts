import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type {
  AccountResolvers,
  MigrationDiscountResolvers,
  ResellerDiscountResolvers,
} from '../../../generated/graphql.ts';
import type {
  MigrationDiscount as MigrationDiscountRow,
  ResellerDiscount as ResellerDiscountRow,
} from './discountTables.ts';

export const ResellerDiscount: ResellerDiscountResolvers = { since: ({ setAt }) => setAt };

export const MigrationDiscount: MigrationDiscountResolvers = {
  account: ({ accountId }) => ({ id: accountId }),
  payer: ({ payerId }) => ({ id: payerId }),
};

/** What an account shows of its discounts; the policies decide to whom. */
export const DiscountsOfAccount: Pick<
  AccountResolvers,
  'resellerDiscount' | 'resellerDiscounts' | 'migrationDiscounts'
> = {
  resellerDiscount: async ({ id }, _args, { loaders }) => {
    const known = id === undefined ? null : readId(id);
    return known === null ? null : await loaders.resellerDiscount.load(known);
  },
  resellerDiscounts: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const known = id === undefined ? null : readId(id);
    const rows = known === null ? [] : await loaders.resellerDiscounts(known, page, null);
    return connection<ResellerDiscountRow>(rows, page, (row) => [row.setAt.toISOString(), row.id]);
  },
  migrationDiscounts: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const known = id === undefined ? null : readId(id);
    const rows = known === null ? [] : await loaders.migrationDiscounts(known, page, null);
    return connection<MigrationDiscountRow>(rows, page, (row) => [row.grantedAt.toISOString(), row.id]);
  },
};
