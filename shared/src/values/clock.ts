/** Where the time of business comes from. Tokens and log-in locks live in real time and do not ask it. */
export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };
