import { connection, readPage } from '@comptoir/shared/pagination.ts';
import { readId } from '@comptoir/shared/uuid.ts';
import type {
  AccountResolvers,
  CataloguePlanResolvers,
  CataloguePriceResolvers,
  CatalogueSetPriceResolvers,
  CreditPackResolvers,
  MigrationDiscountResolvers,
  QueryResolvers,
  ResellerDiscountResolvers,
} from '../../generated/graphql.ts';
import { isCreditKind } from '../ledger/kinds.ts';
import { loadPlanPage, type SetPrice } from './catalogueStore.ts';
import { loadPackPage } from './creditPackStore.ts';
import type {
  MigrationDiscount as MigrationDiscountRow,
  ResellerDiscount as ResellerDiscountRow,
} from './discountStore.ts';
import type { CreditPack as Pack, CataloguePlan as Plan } from './plan.ts';

export const CatalogueQuery: Pick<QueryResolvers, 'cataloguePlans' | 'cataloguePlan' | 'creditPacks' | 'creditPack'> = {
  cataloguePlans: async (_root, { priceVersion, retired, ...args }, { read, now }) => {
    const page = readPage(args, ['text', 'id']);
    const rows = await read((tx) => loadPlanPage(tx, page, { priceVersion: priceVersion ?? null, retired }, now));
    return connection<Plan>(rows, page, (plan) => [plan.position, plan.id]);
  },
  cataloguePlan: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.cataloguePlan.load(known);
  },
  creditPacks: async (_root, { kind, retired, ...args }, { read, now }) => {
    const page = readPage(args, ['text', 'id']);
    if (kind != null && !isCreditKind(kind)) return connection<Pack>([], page, () => []);
    const rows = await read((tx) => loadPackPage(tx, page, { kind: kind ?? null, retired }, now));
    return connection<Pack>(rows, page, (pack) => [pack.position, pack.id]);
  },
  creditPack: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.creditPack.load(known);
  },
};

const inHistory = (price: SetPrice): string[] => [price.effectiveFrom.toISOString(), price.id];

export const CataloguePlan: CataloguePlanResolvers = {
  contactTiers: ({ tiers }) => tiers,
  priceHistory: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection<SetPrice>(await loaders.planPrices(id, page, null), page, inHistory);
  },
};

export const CataloguePrice: CataloguePriceResolvers = {
  price: ({ amount, currency }) => ({ minor: amount, currency }),
};

export const CatalogueSetPrice: CatalogueSetPriceResolvers = {
  price: ({ amount, currency }) => (amount === null ? null : { minor: amount, currency }),
};

export const CreditPack: CreditPackResolvers = {
  credits: ({ credits }) => Number(credits),
  prices: ({ prices }) => [...prices].map(([currency, minor]) => ({ minor, currency })),
  priceHistory: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection<SetPrice>(await loaders.packPrices(id, page, null), page, inHistory);
  },
};

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
