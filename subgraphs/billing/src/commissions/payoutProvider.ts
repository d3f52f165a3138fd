/** What is to be paid to one partner. */
export type PayoutItem = {
  /** Ours. Anyone who pays pays at most once for it, however often it is asked. */
  payoutId: string;
  address: string;
  amount: { minor: bigint; currency: string };
};

export type PayoutBatch = { batchId: string; currency: string; items: readonly PayoutItem[] };

/**
 * Who pays partners out (the port). A batch is recorded before it is asked for, and may be asked for again. What throws
 * has an unknown outcome: ask again.
 */
export type PayoutProvider = {
  name: 'PAYPAL_FORM' | 'TEST';
  /** Most payouts of a batch. */
  most: number;
  /** The form that staff hand in by themselves; null where no one has to. */
  formOf(batch: PayoutBatch): string | null;
  /**
   * Has the batch paid. Returns the payouts that are known to be paid by now: of a form that staff hand in, none, and
   * staff confirm it later.
   */
  pay(batch: PayoutBatch): Promise<{ paid: string[] }>;
};
