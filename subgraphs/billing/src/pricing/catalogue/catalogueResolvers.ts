import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type {
  CataloguePlanResolvers,
  CataloguePriceResolvers,
  CatalogueSetPriceResolvers,
  CreditPackResolvers,
  QueryResolvers,
} from '../../../generated/graphql.ts';
import { isCreditKind } from '../../books/ledger/kinds.ts';
import { loadPlanPage } from './catalogueStore.ts';
import type { SetPrice } from './catalogueTables.ts';
import { loadPackPage } from './creditPackStore.ts';
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
