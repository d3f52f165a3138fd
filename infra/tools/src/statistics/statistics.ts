/** A median with the smallest and the largest of what it stands for. */
export type Spread = { median: number; min: number; max: number };

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('There is no median of nothing.');
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const median =
    sorted.length % 2 === 1
      ? (sorted[middle] as number)
      : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number };
}

/**
 * One against the other, round by round: what the machine does meanwhile hits both sides of a ratio, and drops out of
 * it.
 */
export function ratios(ones: readonly number[], others: readonly number[]): Spread {
  if (ones.length !== others.length) throw new Error('Ratios need as many rounds of the one as of the other.');
  return spreadOf(ones.map((one, round) => one / (others[round] as number)));
}

/**
 * Runs every contestant once per round, each round in another order, so that no one always follows the same neighbour.
 * Returns what each measured, by round.
 */
export async function interleave<Name extends string, Measured>(
  names: readonly Name[],
  rounds: number,
  run: (name: Name) => Promise<Measured>,
): Promise<Record<Name, Measured[]>> {
  const measured = Object.fromEntries(names.map((name) => [name, [] as Measured[]])) as Record<Name, Measured[]>;
  for (let round = 0; round < rounds; round += 1) {
    const shift = round % names.length;
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) measured[name].push(await run(name));
  }
  return measured;
}
