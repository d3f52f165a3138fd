import { badInput } from '@comptoir/shared/protocol/errors.ts';

/** Half-open: [from, to). */
export type Period = { from: Date | null; to: Date | null };
export type Window = { from: Date; to: Date };

const MAX_DAYS = 366;
const DAY_MS = 86_400_000;

/** Reads the optional bounds of a list. */
export function readPeriod({ from, to }: { from?: Date | null; to?: Date | null }): Period {
  if (from != null && to != null && from >= to) throw badInput('`from` must be before `to`.', ['from']);
  return { from: from ?? null, to: to ?? null };
}

/** Reads the bounds of a sum, which cannot be longer than 366 days. */
export function readWindow({ from, to }: Window): Window {
  if (from >= to) throw badInput('`from` must be before `to`.', ['from']);
  if (to.getTime() - from.getTime() > MAX_DAYS * DAY_MS) {
    throw badInput(`Ask for at most ${MAX_DAYS} days.`, ['to']);
  }
  return { from, to };
}
