import { formatMinor } from '../books/money/money.ts';
import type { PayoutBatch, PayoutProvider } from './payoutProvider.ts';

const NOTE = 'Your commission';

/**
 * PayPal's form for many payments, as its page "Payouts Web" describes it: a CSV without a header, one currency and at
 * most 5,000 rows a file; the columns are recipient, amount, currency, customer id (at most 30 characters, no spaces),
 * note to the recipient, and the recipient's wallet. Staff hand it in at PayPal and confirm it here.
 */
export function paypalForm(): PayoutProvider {
  return {
    name: 'PAYPAL_FORM',
    // A tenth of what PayPal takes: a batch is confirmed in one transaction.
    most: 500,
    formOf: (batch) => csvOf(batch),
    async pay() {
      return { paid: [] };
    },
  };
}

const csvOf = ({ items }: PayoutBatch): string =>
  items
    .map(({ payoutId, address, amount }) =>
      [address, formatMinor(amount), amount.currency, customerId(payoutId), NOTE, 'PAYPAL'].map(field).join(','),
    )
    .map((row) => `${row}\r\n`)
    .join('');

/** A payout's id in at most 25 letters and digits: PayPal takes 30 characters, a UUID has 36. */
export const customerId = (payoutId: string): string => BigInt(`0x${payoutId.replaceAll('-', '')}`).toString(36);

/**
 * One field as RFC 4180 wants it. A text that a spreadsheet would take for a formula is none of ours: addresses are
 * read so that they cannot begin like one (`readPayoutAddress`), and whatever else does is a fault.
 */
function field(text: string): string {
  if (/^[=+\-@\t\r\n]/.test(text) || /[\r\n\0]/.test(text))
    throw new Error('A field of the form begins like a formula.');
  return `"${text.replaceAll('"', '""')}"`;
}

/**
 * Reads an e-mail address to which a payout may go, lower-cased; null for everything else. Narrower than what mail
 * allows: it begins with a letter or digit, so that no spreadsheet takes it for a formula.
 */
export function readPayoutAddress(text: string): string | null {
  const address = text.trim().toLowerCase();
  const form =
    /^[a-z0-9][a-z0-9._%+'-]{0,63}@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;
  return address.length <= 254 && form.test(address) && !address.includes('..') && !address.includes('.@')
    ? address
    : null;
}
