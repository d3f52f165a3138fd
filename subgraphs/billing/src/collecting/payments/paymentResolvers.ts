import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type {
  InvoiceCollectionResolvers,
  InvoiceResolvers,
  PaymentResolvers,
  QueryResolvers,
} from '../../../generated/graphql.ts';
import type { ShownPayment } from './paymentTables.ts';

export const Payment: PaymentResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.payment.load(known);
  },
  profile: (payment, _args, { loaders }) => loaders.profile.load(payment.profileId),
};

export const InvoicePayments: Pick<InvoiceResolvers, 'collection'> = {
  collection: async ({ id }, _args, { loaders }) => await loaders.dunning.load(id),
};

export const InvoiceCollection: InvoiceCollectionResolvers = {
  attempts: async ({ invoiceId }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.attempts(invoiceId, page, null);
    return connection<ShownPayment>(rows, page, (row) => [row.createdAt.toISOString(), row.id]);
  },
};

export const PaymentQuery: Pick<QueryResolvers, 'payment'> = {
  payment: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.payment.load(known);
  },
};
