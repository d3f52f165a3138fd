import type { JWK } from 'jose';
import type { PaymentPurposes } from './collecting/payments/purpose.ts';
import type { PaymentProvider } from './collecting/provider/provider.ts';
import type { PayoutProvider } from './commissions/payoutProvider.ts';
import type { QuoteKinds } from './selling/quotes/kind.ts';

/** What billing is told from outside. */
export type BillingConfig = {
  payments: PaymentProvider;
  /** How partners are paid their commissions. */
  payouts: PayoutProvider;
  /** At least 32 characters. Signs quotes. */
  quoteSecret: string;
  /** The private Ed25519 key that signs the checkpoints of the ledger. */
  sealingKey: JWK;
  /**
   * The file outside the database to which the heads of the sealed ledger are appended; left out, none is kept, and a
   * tail that is cut off cannot be missed.
   */
  ledgerHeads?: string | undefined;
  /** Where people reach the gateway: the host of every link. No slash at the end. */
  publicUrl: string;
};

/** What `schema.ts` hands down: what billing is told from outside, and what it is composed of. */
export type ComposedConfig = BillingConfig & { quoteKinds: QuoteKinds; paymentPurposes: PaymentPurposes };
