import { invoicePurpose } from './collecting/payments/invoicePurpose.ts';
import type { PaymentPurposes } from './collecting/payments/purpose.ts';
import { quoteKinds } from './quoteKinds.ts';
import { quotePurpose } from './selling/quotes/quotePurpose.ts';

/** What payments are for. */
export const paymentPurposes: PaymentPurposes = { QUOTE: quotePurpose(quoteKinds), INVOICE: invoicePurpose };
