/** Whole amounts are `bigint` in memory: the driver hands `bigint` columns over as text, and a number would lose units beyond 2^53. */
export const bigintColumn = {
  type: 'bigint',
  transformer: { to: (amount: bigint) => amount.toString(), from: (text: string) => BigInt(text) },
} as const;
