/** What an invoice line is about. */
export type InvoiceLineKind = 'PLAN' | 'ADD_ON' | 'LIMIT' | 'CREDITS' | 'DISCOUNT' | 'UNUSED';

/**
 * A line before it stands on an invoice. Amounts are net, in the smallest unit of the invoice's currency; negative
 * lines are discounts and what is given back.
 */
export type InvoiceLineDraft = {
  kind: InvoiceLineKind;
  /** English, at most 200 characters, for example "PLUS, 2,500 contacts, monthly, 5 to 31 May 2027". */
  description: string;
  quantity: number;
  /** Net amount of the whole line. */
  amount: bigint;
  /** The period that the line is for, half-open, if it is for one; days in the account's zone, `YYYY-MM-DD`. */
  from: string | null;
  to: string | null;
};
