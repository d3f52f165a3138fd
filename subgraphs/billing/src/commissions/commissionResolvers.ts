import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type {
  AccountResolvers,
  CommissionBatchResolvers,
  CommissionLineResolvers,
  CommissionPayoutResolvers,
  CommissionStatementResolvers,
  CommissionsResolvers,
  QueryResolvers,
  ReferralResolvers,
  ReferredClientResolvers,
} from '../../generated/graphql.ts';
import type { Money } from '../books/money/money.ts';
import type { BillingConfig } from '../config.ts';
import type {
  AttributionRow,
  CommissionBatchRow,
  CommissionLineRow,
  CommissionPayoutRow,
  CommissionStatementRow,
} from './commissionTables.ts';
import { batchOf } from './payoutBatch.ts';
import { loadBatchPage } from './payoutStore.ts';

/** An account's commissions: there is no row of them, only of what is in them. */
export type CommissionsReference = { partnerId: string };

const money = (minor: bigint, { currency }: { currency: string }): Money => ({ minor, currency });
const keysOfLine = (line: CommissionLineRow): string[] => [line.bookedAt.toISOString(), line.id];

export const AccountCommissions: Pick<AccountResolvers, 'referral' | 'commissions'> = {
  referral: async ({ id }, _args, { loaders }) => {
    const known = id === undefined ? null : readId(id);
    return known === null ? null : await loaders.referral.load(known);
  },
  // The account is there or not as billing's policies say, which know it by its address book of networks and partners.
  commissions: async ({ id }, _args, { loaders }) => {
    const known = id === undefined ? null : readId(id);
    return known !== null && (await loaders.readable.load(known)) !== null ? { partnerId: known } : null;
  },
};

export const Referral = ({ publicUrl }: BillingConfig): ReferralResolvers => ({
  url: ({ code }) => `${publicUrl}/join?ref=${code}`,
  clients: async ({ partnerId }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.attributions(partnerId, page, null);
    return connection<AttributionRow>(rows, page, (row) => [row.attributedAt.toISOString(), row.clientId]);
  },
});

export const ReferredClient: ReferredClientResolvers = { account: ({ clientId }) => ({ id: clientId }) };

export const Commissions: CommissionsResolvers = {
  owed: ({ partnerId }, _args, { loaders }) => loaders.commissionsOwed.load(partnerId),
  terms: async ({ partnerId }, _args, { loaders }) =>
    (await loaders.commissionTerms.load(partnerId)) ?? { basisPoints: 0, months: null },
  payoutAddress: async ({ partnerId }, _args, { loaders }) =>
    (await loaders.payoutAddress.load(partnerId))?.email ?? null,
  statements: async ({ partnerId }, args, { loaders }) => {
    const page = readPage(args, ['text', 'id']);
    const rows = await loaders.commissionStatements(partnerId, page, null);
    return connection<CommissionStatementRow>(rows, page, (row) => [row.month, row.id]);
  },
  lines: async ({ partnerId }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection<CommissionLineRow>(await loaders.partnerLines(partnerId, page, null), page, keysOfLine);
  },
};

export const CommissionStatement: CommissionStatementResolvers = {
  earned: (row) => money(row.earned, row),
  reversed: (row) => money(row.reversed, row),
  total: (row) => money(row.earned - row.reversed, row),
  lineCount: ({ lines }) => lines,
  lines: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection<CommissionLineRow>(await loaders.statementLines(id, page, null), page, keysOfLine);
  },
  payout: ({ id }, _args, { loaders }) => loaders.payoutOfStatement.load(id),
};

export const CommissionLine: CommissionLineResolvers = {
  client: ({ clientId }) => ({ id: clientId }),
  net: (row) => money(row.net, row),
  amount: (row) => money(row.amount, row),
};

export const CommissionPayout: CommissionPayoutResolvers = { amount: (row) => money(row.amount, row) };

export const CommissionBatch = ({ payouts }: BillingConfig): CommissionBatchResolvers => ({
  total: async (batch, _args, { loaders }) => {
    const rows = await loaders.payoutsOfBatch.load(batch.id);
    return money(
      rows.reduce((sum, { amount }) => sum + amount, 0n),
      batch,
    );
  },
  payoutCount: async ({ id }, _args, { loaders }) => (await loaders.payoutsOfBatch.load(id)).length,
  payouts: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['id']);
    return connection<CommissionPayoutRow>(await loaders.payoutPages(id, page, null), page, (row) => [row.id]);
  },
  form: async (batch, _args, { loaders }) =>
    payouts.formOf(batchOf(batch, await loaders.payoutsOfBatch.load(batch.id))),
});

export const CommissionQuery: Pick<QueryResolvers, 'commissionBatches'> = {
  commissionBatches: async (_root, args, { read }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await read((tx) => loadBatchPage(tx, page));
    return connection<CommissionBatchRow>(rows, page, (row) => [row.createdAt.toISOString(), row.id]);
  },
};
