import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { AccountResolvers, InvoiceTotalResolvers } from '../../../generated/graphql.ts';
import type { InvoiceTotalRow } from './invoiceTotalStore.ts';

export const InvoiceTotal: InvoiceTotalResolvers = {
  account: ({ accountId }) => ({ id: accountId }),
  net: ({ net, currency }) => ({ minor: net, currency }),
  tax: ({ tax, currency }) => ({ minor: tax, currency }),
  gross: ({ net, tax, currency }) => ({ minor: net + tax, currency }),
  outstanding: ({ outstanding, currency }) => ({ minor: outstanding, currency }),
};

export const AccountInvoiceTotals: Pick<AccountResolvers, 'invoiceTotals'> = {
  invoiceTotals: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['id', 'text']);
    const { from = null, to = null } = args;
    for (const day of [from, to]) if (day?.startsWith('0000')) throw badInput('There was no year 0.', ['from']);
    const currency = page.after?.[1];
    if (currency !== undefined && !/^[A-Z]{3}$/.test(currency))
      throw badInput('The cursor is not one of this list.', ['after']);
    const payerId = id === undefined ? null : readId(id);
    const rows = payerId === null ? [] : await loaders.invoiceTotals(payerId, page, { from, to });
    return connection<InvoiceTotalRow>(rows, page, (row) => [row.accountId, row.currency]);
  },
};
