import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { isLine } from '@comptoir/shared/values/text.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type {
  AccountResolvers,
  InvoiceFilter as FilterInput,
  InvoiceResolvers,
  QueryResolvers,
} from '../../../generated/graphql.ts';
import type { Money } from '../../books/money/money.ts';
import type { Loaders, SubgraphContext } from '../../context.ts';
import { type ShownPart, taxLinesOf } from './creditNoteParts.ts';
import { MAX_FILES } from './filesLeft.ts';
import type { InvoiceFilter } from './invoiceStore.ts';
import type { InvoiceLineRow, InvoiceRow, InvoiceState } from './invoiceTables.ts';
import { invoicePdf } from './pdf/invoicePdf.ts';

/** An invoice; the gateway brings along the name of its account where the file is asked for. */
export type ShownInvoice = InvoiceRow & { accountName?: string | null };

/** A line with its amount as money. */
export type ShownLine = Omit<InvoiceLineRow, 'amount'> & { amount: Money };

const money = (of: 'net' | 'tax' | 'gross') => (invoice: InvoiceRow) => ({
  minor: invoice[of],
  currency: invoice.currency,
});

const ofState =
  <Shown>(show: (state: InvoiceState, currency: string) => Shown) =>
  async ({ id, currency }: InvoiceRow, _args: unknown, { loaders }: SubgraphContext): Promise<Shown | null> => {
    const state = await loaders.invoiceState.load(id);
    return state === null ? null : show(state, currency);
  };

const byIssue = ({ issuedAt, id }: InvoiceRow): string[] => [issuedAt.toISOString(), id];

export const Invoice: InvoiceResolvers = {
  __resolveReference: async (reference, { loaders }) => {
    const { id, account } = reference as { id: string; account?: { name?: string | null } | null };
    const known = readId(id);
    const invoice = known === null ? null : await loaders.invoice.load(known);
    return invoice && { ...invoice, accountName: account?.name ?? null };
  },
  payer: ({ payerId }) => ({ id: payerId }),
  account: ({ accountId }) => ({ id: accountId }),
  profile: ({ profileId }, _args, { loaders }) => loaders.profile.load(profileId),
  net: money('net'),
  tax: money('tax'),
  gross: money('gross'),
  taxLines: async (invoice, _args, { loaders }) => {
    const { currency } = invoice;
    return taxLinesOf(invoice, await partsOf(invoice, loaders)).map(({ basisPoints, net, tax }) => ({
      basisPoints,
      net: { minor: net, currency },
      tax: { minor: tax, currency },
    }));
  },
  state: ofState(({ paid, gross }) => (paid === gross ? 'PAID' : paid === 0n ? 'OPEN' : 'PARTLY_PAID')),
  paid: ofState(({ paid }, currency) => ({ minor: paid, currency })),
  outstanding: ofState(({ paid, gross }, currency) => ({ minor: gross - paid, currency })),
  paidAt: ofState(({ paidAt }) => paidAt),
  paidWith: ({ id }, _args, { loaders }) => loaders.invoicePayments.load(id),
  corrects: ({ correctsId }, _args, { loaders }) => (correctsId === null ? null : loaders.invoice.load(correctsId)),
  takesBack: async (invoice, _args, { loaders }) => {
    const { id, kind, correctsId, currency, net, tax } = invoice;
    if (kind === 'INVOICE') return [];
    const parts = correctsId === null ? await loaders.creditNoteParts.load(id) : [{ invoiceId: correctsId, net, tax }];
    return await Promise.all(
      parts.map(async (part) => ({
        invoice: part.invoiceId === null ? null : await loaders.invoice.load(part.invoiceId),
        net: { minor: part.net, currency },
        tax: { minor: part.tax, currency },
      })),
    );
  },
  creditNotes: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection(await loaders.creditNotes(id, page, null), page, byIssue);
  },
  lines: async ({ id, currency }, args, { loaders }) => {
    const page = readPage(args, ['number']);
    const rows = await loaders.invoiceLines(id, page, null);
    const shown = rows.map((line): ShownLine => ({ ...line, amount: { minor: line.amount, currency } }));
    return connection(shown, page, ({ position }) => [String(position)]);
  },
  pdf: async (invoice, { language }, { loaders }) => {
    loaders.files.left -= 1;
    if (loaders.files.left < 0) throw badInput(`Ask for at most ${MAX_FILES} files at once.`, ['pdf']);
    const [lines, paidWith, parts] = await Promise.all([
      loaders.linesToPrint.load(invoice.id),
      loaders.invoicePayments.load(invoice.id),
      partsOf(invoice, loaders),
    ]);
    const correctedIds = [invoice.correctsId, ...parts.map(({ invoiceId }) => invoiceId)].filter((one) => one !== null);
    const corrected = await Promise.all(correctedIds.map((one) => loaders.invoice.load(one)));
    const corrects = corrected.filter((one) => one !== null).map(({ number }) => number);
    const accountName = invoice.accountId === invoice.payerId ? null : (invoice.accountName ?? null);
    const printed = { invoice, lines, paidWith, taxLines: taxLinesOf(invoice, parts), corrects, accountName };
    const file = await invoicePdf(printed, language ?? 'EN');
    return { name: `${invoice.number}.pdf`, mediaType: 'application/pdf', base64: file.toString('base64') };
  },
};

/** Of a credit note that takes back several invoices. */
const partsOf = async ({ id, kind, correctsId }: InvoiceRow, { creditNoteParts }: Loaders): Promise<ShownPart[]> =>
  kind === 'CREDIT_NOTE' && correctsId === null ? await creditNoteParts.load(id) : [];

const BY_NAME = 'query ($holderId: ID!, $text: String!) { internalAccountsByName(holderId: $holderId, text: $text) }';

export const AccountInvoices: Pick<AccountResolvers, 'invoices'> = {
  invoices: async ({ id }, args, ctx) => {
    const page = readPage(args, ['instant', 'id']);
    const payerId = id === undefined ? null : readId(id);
    const rows =
      payerId === null ? [] : await ctx.loaders.invoices(payerId, page, await readFilter(ctx, payerId, args.filter));
    return connection(rows, page, byIssue);
  },
};

/** What the list is limited to. A text in a name is looked up in accounts: the names are there. */
async function readFilter(
  ctx: SubgraphContext,
  payerId: string,
  filter: FilterInput | null | undefined,
): Promise<InvoiceFilter> {
  const { accountId, accountName, kind = null, paid = null, from = null, to = null, number = null } = filter ?? {};
  if (number !== null && !/^[\x20-\x7e]{1,40}$/.test(number)) {
    throw badInput('A number has 1 to 40 characters, as F2026-000042.', ['filter', 'number']);
  }
  for (const day of [from, to]) {
    if (day?.startsWith('0000')) throw badInput('There was no year 0.', ['filter']);
  }
  const asked = accountId == null ? null : [readId(accountId)].filter((id) => id !== null);
  if (accountName == null) return { accountIds: asked, kind, paid, from, to, number };
  const text = accountName;
  if (text.trim() === '' || text.length > 200 || !isLine(text)) {
    throw badInput('Look for 1 to 200 characters of a name.', ['filter', 'accountName']);
  }
  const { internalAccountsByName: named } = await ctx.call<{ internalAccountsByName: string[] }>(
    'accounts',
    BY_NAME,
    { holderId: payerId, text },
    ctx.viewer.requestId,
  );
  const accountIds = asked === null ? named : asked.filter((id) => named.includes(id));
  return { accountIds, kind, paid, from, to, number };
}

export const InvoiceQuery: Pick<QueryResolvers, 'invoice'> = {
  invoice: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.invoice.load(known);
  },
};
