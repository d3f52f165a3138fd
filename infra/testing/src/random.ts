/** Random choices that a seed repeats. Not for secrets. */
export type Random = {
  /** From 0 up to, and without, 1. */
  fraction(): number;
  /** A whole number of the range, both ends included. */
  between(least: number, most: number): number;
  pick<T>(list: readonly T[]): T;
  /** True that often: 0 is never, 1 is always. */
  chance(share: number): boolean;
  /** A further generator with a sequence of its own, so that one actor's choices do not depend on another's pace. */
  fork(): Random;
};

/** Mulberry32: 32 bits of state are plenty for choosing whom to kill next. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const fraction = (): number => word() / 2 ** 32;
  const between = (least: number, most: number): number => least + Math.floor(fraction() * (most - least + 1));
  return {
    fraction,
    between,
    pick: (list) => list[between(0, list.length - 1)] as (typeof list)[number],
    chance: (share) => fraction() < share,
    fork: () => seededRandom(word()),
  };
}
