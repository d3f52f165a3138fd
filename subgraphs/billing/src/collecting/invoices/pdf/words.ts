import { exponentOf, formatMinor, type Money } from '../../../books/money/money.ts';
import type { InvoiceLineKind } from '../../../pricing/prices/invoiceLine.ts';

export type Language = 'EN' | 'FR';

/** The words of a printed invoice. */
export type Words = {
  locale: string;
  INVOICE: string;
  CREDIT_NOTE: string;
  number: string;
  date: string;
  account: string;
  corrects: string;
  seller: string;
  buyer: string;
  vatId: string;
  description: string;
  period: string;
  quantity: string;
  amount: string;
  net: string;
  tax(rate: string): string;
  /** That tax line, with the amount that it is on. */
  taxOn(tax: string, net: string): string;
  gross: string;
  credited: string;
  CARD: string;
  PREPAID: string;
  creditNote: string;
  outstanding: string;
  toPrepaid: string;
  /** The words that the law wants (article 226 of the VAT directive). */
  reverseCharge: string;
  page(at: number, of: number): string;
  /** What a line is about, put before its description, which is English; null where that is the language. */
  kinds: Record<InvoiceLineKind, string> | null;
};

export const WORDS: Record<Language, Words> = {
  EN: {
    locale: 'en-GB',
    INVOICE: 'Invoice',
    CREDIT_NOTE: 'Credit note',
    number: 'Number',
    date: 'Date',
    account: 'For',
    corrects: 'Corrects invoice',
    seller: 'Seller',
    buyer: 'Billed to',
    vatId: 'VAT id',
    description: 'Description',
    period: 'Period',
    quantity: 'Qty',
    amount: 'Amount without tax',
    net: 'Total without tax',
    tax: (rate) => `VAT ${rate}`,
    taxOn: (tax, net) => `${tax} on ${net}`,
    gross: 'Total',
    credited: 'Total credited',
    CARD: 'Paid by card',
    PREPAID: 'Paid from prepaid money',
    creditNote: 'Taken back by credit note',
    outstanding: 'To pay',
    toPrepaid: 'What was paid stays with us as prepaid money; what was not paid yet is owed no longer.',
    reverseCharge: 'Reverse charge: the VAT is owed by the customer.',
    page: (at, of) => `Page ${at} of ${of}`,
    kinds: null,
  },
  FR: {
    locale: 'fr-FR',
    INVOICE: 'Facture',
    CREDIT_NOTE: 'Avoir',
    number: 'Numéro',
    date: 'Date',
    account: 'Concerne',
    corrects: 'Rectifie la facture',
    seller: 'Vendeur',
    buyer: 'Facturé à',
    vatId: 'N° TVA',
    description: 'Désignation',
    period: 'Période',
    quantity: 'Qté',
    amount: 'Montant HT',
    net: 'Total HT',
    tax: (rate) => `TVA ${rate}`,
    taxOn: (tax, net) => `${tax} sur ${net}`,
    gross: 'Total TTC',
    credited: 'Total de l’avoir TTC',
    CARD: 'Payé par carte',
    PREPAID: 'Payé par le solde prépayé',
    creditNote: 'Repris par avoir',
    outstanding: 'Reste à payer',
    toPrepaid: 'Ce qui a été payé reste chez nous en solde prépayé ; ce qui ne l’était pas encore n’est plus dû.',
    reverseCharge: 'Autoliquidation : la TVA est due par le preneur.',
    page: (at, of) => `Page ${at} sur ${of}`,
    kinds: {
      PLAN: 'Forfait',
      ADD_ON: 'Option',
      LIMIT: 'Limite relevée',
      CREDITS: 'Crédits',
      DISCOUNT: 'Remise',
      UNUSED: 'Non utilisé',
    },
  },
};

/**
 * An amount as it is read in that language, with all decimals of its currency. Exact: it goes through text, never
 * through a float.
 */
export function readableMoney(money: Money, { locale }: Words): string {
  const digits = exponentOf(money.currency);
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: money.currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(formatMinor(money) as Intl.StringNumericLiteral);
}

/** A day `YYYY-MM-DD` as it is read in that language. */
export const readableDay = (day: string, { locale }: Words, month: 'long' | 'short' = 'long'): string =>
  Temporal.PlainDate.from(day).toLocaleString(locale, { day: 'numeric', month, year: 'numeric' });

/** A half-open period as it is read: its first and its last day. */
export const readablePeriod = (from: string, to: string, words: Words): string => {
  const last = Temporal.PlainDate.from(to).subtract({ days: 1 }).toString();
  const first = readableDay(from, words, 'short');
  return last === from ? first : `${first} – ${readableDay(last, words, 'short')}`;
};

/** Basis points as a percentage: `20 %`, `5,5 %`. */
export const readableRate = (basisPoints: number, { locale }: Words): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(basisPoints / 10_000);
