import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import type {
  BillingProfileResolvers,
  PrepaidEarmarkResolvers,
  PrepaidEntryResolvers,
  PrepaidResolvers,
} from '../../../generated/graphql.ts';
import type { Money } from '../../books/money/money.ts';
import type { SubgraphContext } from '../../context.ts';
import type { PrepaidEntry as Entry, PrepaidTotals } from './prepaidStore.ts';

/** The prepaid money of a profile, before anything is read of it. */
export type PrepaidOf = { profileId: string; currency: string };

export const ProfilePrepaid: Pick<BillingProfileResolvers, 'prepaid'> = {
  prepaid: ({ id, currency }) => ({ profileId: id, currency }),
};

type Amount = Exclude<keyof PrepaidTotals, 'profileId'>;
const total =
  (of: Amount) =>
  async ({ profileId, currency }: PrepaidOf, _args: unknown, { loaders }: SubgraphContext): Promise<Money> => ({
    minor: (await loaders.prepaidTotals.load(profileId))?.[of] ?? 0n,
    currency,
  });

export const Prepaid: PrepaidResolvers = {
  total: total('total'),
  free: total('free'),
  held: total('held'),
  earmarks: async ({ profileId }, args, { loaders }) => {
    const page = readPage(args, ['id']);
    const rows = await loaders.earmarks(profileId, page, null);
    return connection(rows, page, ({ accountId }) => [accountId]);
  },
  entries: async ({ profileId }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.prepaidEntries(profileId, page, null);
    return connection<Entry>(rows, page, ({ bookedAt, id }) => [bookedAt.toISOString(), id]);
  },
};

export const PrepaidEarmark: PrepaidEarmarkResolvers = { account: ({ accountId }) => ({ id: accountId }) };

export const PrepaidEntry: PrepaidEntryResolvers = {
  earmark: ({ earmarkId }) => (earmarkId === null ? null : { id: earmarkId }),
  invoice: ({ invoiceId }, _args, { loaders }) => (invoiceId === null ? null : loaders.invoice.load(invoiceId)),
};
