import { invoicePurpose } from './payments/invoicePurpose.ts';
import type { PaymentPurposes } from './payments/purpose.ts';
import { quoteKinds } from './quoteKinds.ts';
import { quotePurpose } from './quotes/quotePurpose.ts';

/** What payments are for. */
export const paymentPurposes: PaymentPurposes = { QUOTE: quotePurpose(quoteKinds), INVOICE: invoicePurpose };
