/**
 * The Mann-Whitney U test of two samples, two-sided, by the normal approximation with correction for ties; good from
 * some twenty values each. `p` is how likely a difference like this one is when there is none; `effect` is the
 * probability that a value of the one exceeds one of the other: 0.5 is no difference.
 */
export function mannWhitney(
  ones: readonly number[],
  others: readonly number[],
): { z: number; p: number; effect: number } {
  const [n, m] = [ones.length, others.length];
  if (n === 0 || m === 0) throw new Error('There is nothing to compare.');
  const all = [...ones.map((value) => ({ value, one: true })), ...others.map((value) => ({ value, one: false }))].sort(
    (a, b) => a.value - b.value,
  );
  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1;
    const shared = (from + 1 + to) / 2;
    for (let at = from; at < to; at += 1) if (all[at]?.one) rankSum += shared;
    const alike = to - from;
    ties += alike ** 3 - alike;
    from = to;
  }
  const u = rankSum - (n * (n + 1)) / 2;
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  const z = variance === 0 ? 0 : (u - (n * m) / 2) / Math.sqrt(variance);
  return { z, p: Math.min(1, 2 * (1 - normal(Math.abs(z)))), effect: u / (n * m) };
}

/** The normal distribution up to z (Abramowitz and Stegun 26.2.17; wrong by less than 1e-7). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const tail = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
