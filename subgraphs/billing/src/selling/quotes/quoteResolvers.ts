import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type {
  AccountResolvers,
  QueryResolvers,
  QuoteAmountsResolvers,
  QuoteResolvers,
} from '../../../generated/graphql.ts';
import type { Money } from '../../books/money/money.ts';
import type { BillingConfig } from '../../config.ts';
import type { Offer } from './kind.ts';
import type { QuoteRow } from './quoteTables.ts';
import { signQuote } from './token.ts';

const DIRECTIONS: Record<string, 'UPGRADE' | 'DOWNGRADE' | 'CHANGE'> = {
  UPGRADED: 'UPGRADE',
  DOWNGRADED: 'DOWNGRADE',
  CHANGED: 'CHANGE',
};

/** Null where no billing profile is involved: then there is no currency either. */
const money = ({ currency }: Pick<Offer, 'currency'>, minor: bigint | null): Money | null =>
  currency === null || minor === null ? null : { minor, currency };

const linesOf = ({ lines, currency }: Pick<Offer, 'lines' | 'currency'>) =>
  lines.map(({ amount, ...line }) => ({ ...line, amount: { minor: amount, currency: currency as string } }));

const isOpen = ({ state, expiresAt }: QuoteRow, now: Date): boolean => state === 'OPEN' && expiresAt > now;

export const Quote = (config: BillingConfig): QuoteResolvers => ({
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.quote.load(known);
  },
  direction: ({ offer }) => DIRECTIONS[String(offer.terms.change)] ?? null,
  account: ({ accountId }) => ({ id: accountId }),
  profile: async ({ profileId }, _args, { loaders }) =>
    profileId === null ? null : await loaders.profile.load(profileId),
  state: (quote, _args, { now }) => (quote.state === 'OPEN' && !isOpen(quote, now) ? 'EXPIRED' : quote.state),
  token: async (quote, _args, { now }) => (isOpen(quote, now) ? await signQuote(config.quoteSecret, quote) : null),
  listValue: ({ offer }) => money(offer, offer.listValue),
  migrationDiscount: ({ offer }) => money(offer, offer.migrationDiscount),
  resellerDiscount: ({ offer }) => money(offer, offer.resellerDiscount),
  perCycle: ({ offer }) => money(offer, offer.perCycle),
  prorated: ({ offer }) => money(offer, offer.prorated),
  prepaidApplied: ({ offer, prepaidApplied }) => money(offer, prepaidApplied),
  dueToday: ({ offer, dueToday }) => money(offer, dueToday),
  taxToday: ({ offer, taxToday }) => money(offer, taxToday),
  chargedToday: ({ offer, chargedToday }) => money(offer, chargedToday),
  lines: ({ offer }) => linesOf(offer),
  payment: async ({ paymentId }, _args, { loaders }) =>
    paymentId === null ? null : await loaders.payment.load(paymentId),
  invoice: async ({ invoiceId }, _args, { loaders }) =>
    invoiceId === null ? null : await loaders.invoice.load(invoiceId),
});

export const QuoteAmounts: QuoteAmountsResolvers = {
  listValue: ({ offer }) => money(offer, offer.listValue),
  migrationDiscount: ({ offer }) => money(offer, offer.migrationDiscount),
  resellerDiscount: ({ offer }) => money(offer, offer.resellerDiscount),
  perCycle: ({ offer }) => money(offer, offer.perCycle),
  prorated: ({ offer }) => money(offer, offer.prorated),
  prepaidApplied: ({ offer, amounts }) => money(offer, amounts.prepaidApplied),
  dueToday: ({ offer, amounts }) => money(offer, amounts.dueToday),
  taxToday: ({ offer, amounts }) => money(offer, amounts.taxToday),
  chargedToday: ({ offer, amounts }) => money(offer, amounts.chargedToday),
  lines: ({ offer }) => linesOf(offer),
};

export const AccountQuotes: Pick<AccountResolvers, 'quotes'> = {
  quotes: async ({ id }, args, { loaders }) => {
    const known = id === undefined ? null : readId(id);
    if (known === null) return null;
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.quotes(known, page, null);
    return connection<QuoteRow>(rows, page, (quote) => [quote.createdAt.toISOString(), quote.id]);
  },
};

export const QuoteQuery: Pick<QueryResolvers, 'quote'> = {
  quote: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.quote.load(known);
  },
};
