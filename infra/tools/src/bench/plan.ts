/** How long and how often is measured. */
export type Plan = {
  rounds: number;
  /** Of one contestant in one round. */
  ms: number;
  /** Of load before a contestant is measured: until V8 has compiled what is hot. */
  warmUpMs: number;
  /** Requests at once for queries, and for single events. */
  concurrency: { query: number; write: number };
  /** The longer of the two histories. */
  events: number;
};

export const FULL: Plan = {
  rounds: 5,
  ms: 2_500,
  warmUpMs: 4_000,
  concurrency: { query: 8, write: 32 },
  events: 200_000,
};
export const QUICK: Plan = { ...FULL, rounds: 2, ms: 700, warmUpMs: 1_000, events: 50_000 };
