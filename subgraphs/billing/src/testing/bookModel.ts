/**
 * What wallets and lots should hold, said as plainly as possible and without a line of the product's own code: lists of
 * lots, spent credit by credit in the order of the spec. The real books are compared with it, operation by operation.
 */
export type ModelLot = {
  /** The id that the real lot got, told to the model once it is there: the last thing that tells two lots apart. */
  id: string | null;
  wallet: number;
  source: 'GRANTED' | 'PURCHASED';
  priority: number;
  grantedAt: number;
  expiresAt: number | null;
  original: number;
  remaining: number;
  /** The lot that it was allocated from. */
  origin: ModelLot | null;
};

export type Operation =
  | { do: 'tick'; by: number }
  | { do: 'grant'; wallet: number; credits: number; lasts: number | null; reference: number }
  | { do: 'purchase'; wallet: number; credits: number; priority: number }
  | { do: 'charge'; charges: { wallet: number; credits: number; event: number }[] }
  | { do: 'allocate'; from: number; to: number; credits: number }
  | { do: 'takeBack'; from: number; to: number; credits: number }
  | { do: 'sweep' }
  | { do: 'topUp'; earmarked: boolean; cents: number }
  | { do: 'hold'; cents: number; reference: number }
  | { do: 'release'; hold: number };

/** Wallets 0 to 2 hold credits; these two hold prepaid money of one profile, free and kept for the account. */
export const CREDIT_WALLETS = 3;
export const FREE = 3;
export const EARMARKED = 4;
export const WALLETS = 5;

/**
 * Draws a list of operations; what they name may not exist, and then nothing is to happen. `random(n)` gives 0 to n -
 * 1.
 */
export function drawOperations(random: (below: number) => number, count: number): Operation[] {
  return Array.from({ length: count }, (): Operation => {
    const wallet = random(CREDIT_WALLETS);
    const draw = random(100);
    // Steps of five: that something happens at the very instant of an expiry must not be rare.
    if (draw < 8) return { do: 'tick', by: 5 * random(4) };
    if (draw < 20) {
      const lasts = random(3) === 0 ? null : 5 * (1 + random(12));
      return { do: 'grant', wallet, credits: 1 + random(30), lasts, reference: random(count) };
    }
    if (draw < 28) return { do: 'purchase', wallet, credits: 1 + random(40), priority: random(3) - 1 };
    if (draw < 60) {
      const charges = Array.from({ length: 1 + random(4) }, () => ({
        wallet: random(CREDIT_WALLETS),
        credits: 1 + random(12),
        event: random(count),
      }));
      return { do: 'charge', charges };
    }
    const other = (wallet + 1 + random(CREDIT_WALLETS - 1)) % CREDIT_WALLETS;
    if (draw < 70) return { do: 'allocate', from: wallet, to: other, credits: 1 + random(25) };
    if (draw < 78) return { do: 'takeBack', from: wallet, to: other, credits: 1 + random(15) };
    if (draw < 82) return { do: 'sweep' };
    if (draw < 88) return { do: 'topUp', earmarked: random(2) === 0, cents: 1 + random(500) };
    if (draw < 95) return { do: 'hold', cents: 1 + random(400), reference: random(count) };
    return { do: 'release', hold: random(count) };
  });
}

export type Model = {
  /** Does it and says what became of it, in words that the real books are asked for too. */
  apply(operation: Operation): string;
  lots(): ModelLot[];
  now(): number;
  spendable(wallet: number): number;
};

export function createModel(): Model {
  let now = 0;
  const lots: ModelLot[] = [];
  const references = new Set<number>();
  const events = new Set<number>();
  const holds = new Map<number, { state: 'HELD' | 'RELEASED'; from: [lot: ModelLot, cents: number][] }>();

  const open = (lot: ModelLot): boolean => lot.remaining > 0 && (lot.expiresAt === null || lot.expiresAt > now);
  const spendable = (wallet: number): number =>
    lots.filter((lot) => lot.wallet === wallet && open(lot)).reduce((sum, lot) => sum + lot.remaining, 0);
  const add = (lot: Omit<ModelLot, 'id' | 'grantedAt' | 'original'>): void =>
    void lots.push({ ...lot, id: null, grantedAt: now, original: lot.remaining });

  /**
   * Takes one after the other out of the lot that the spec names. Null when there are not enough; then nothing is
   * taken.
   */
  function take(wallets: number[], amount: number): [lot: ModelLot, units: number][] | null {
    if (wallets.reduce((sum, wallet) => sum + spendable(wallet), 0) < amount) return null;
    const taken = new Map<ModelLot, number>();
    for (let unit = 0; unit < amount; unit += 1) {
      const wallet = wallets.find((one) => spendable(one) > 0);
      let best: ModelLot | null = null;
      for (const lot of lots)
        if (lot.wallet === wallet && open(lot) && (best === null || before(lot, best))) best = lot;
      if (best === null) throw new Error('The model lost a unit.');
      best.remaining -= 1;
      taken.set(best, (taken.get(best) ?? 0) + 1);
    }
    return [...taken];
  }

  function charge({ charges }: Extract<Operation, { do: 'charge' }>): string {
    return charges
      .map(({ wallet, credits, event }) => {
        if (events.has(event)) return 'charged';
        if (take([wallet], credits) === null) return 'INSUFFICIENT_CREDIT';
        events.add(event);
        return 'charged';
      })
      .join(' ');
  }

  function takeBack({ from, to, credits }: Extract<Operation, { do: 'takeBack' }>): string {
    const given = lots.filter((lot) => lot.wallet === from && open(lot) && lot.origin?.wallet === to);
    if (given.reduce((sum, lot) => sum + lot.remaining, 0) < credits) return 'NOT_ENOUGH_UNSPENT';
    // The newest first.
    given.sort((a, b) => b.grantedAt - a.grantedAt || ((a.id ?? '') < (b.id ?? '') ? 1 : -1));
    for (let missing = credits, at = 0; missing > 0; at += 1) {
      const lot = given[at] as ModelLot;
      const part = Math.min(missing, lot.remaining);
      lot.remaining -= part;
      (lot.origin as ModelLot).remaining += part;
      missing -= part;
    }
    return 'done';
  }

  function apply(operation: Operation): string {
    switch (operation.do) {
      case 'tick':
        now += operation.by;
        return 'done';
      case 'grant': {
        const { wallet, credits, lasts, reference } = operation;
        if (references.has(reference)) return 'again';
        references.add(reference);
        const expiresAt = lasts === null ? null : now + lasts;
        add({ wallet, source: 'GRANTED', priority: 0, expiresAt, remaining: credits, origin: null });
        return 'done';
      }
      case 'purchase': {
        const { wallet, credits, priority } = operation;
        add({ wallet, source: 'PURCHASED', priority, expiresAt: null, remaining: credits, origin: null });
        return 'done';
      }
      case 'charge':
        return charge(operation);
      case 'allocate': {
        const taken = take([operation.from], operation.credits);
        if (taken === null) return 'INSUFFICIENT_CREDIT';
        for (const [origin, remaining] of taken) {
          const { source, priority, expiresAt } = origin;
          add({ wallet: operation.to, source, priority, expiresAt, remaining, origin });
        }
        return 'done';
      }
      case 'takeBack':
        return takeBack(operation);
      case 'sweep':
        for (const lot of lots)
          if (lot.wallet < FREE && lot.expiresAt !== null && lot.expiresAt <= now) lot.remaining = 0;
        return 'done';
      case 'topUp': {
        const wallet = operation.earmarked ? EARMARKED : FREE;
        add({ wallet, source: 'PURCHASED', priority: 0, expiresAt: null, remaining: operation.cents, origin: null });
        return 'done';
      }
      case 'hold': {
        const { cents, reference } = operation;
        if (holds.get(reference)?.state === 'HELD') return 'held';
        const taken = take([EARMARKED, FREE], cents);
        if (taken === null) return 'PREPAID_INSUFFICIENT';
        holds.set(reference, { state: 'HELD', from: taken });
        return 'held';
      }
      case 'release': {
        const hold = holds.get(operation.hold);
        if (hold?.state !== 'HELD') return 'nothing';
        for (const [lot, units] of hold.from) lot.remaining += units;
        hold.state = 'RELEASED';
        return 'released';
      }
    }
  }
  return { apply, lots: () => lots, now: () => now, spendable };
}

/** Priority, soonest expiry, granted before purchased, oldest; then the id. */
function before(a: ModelLot, b: ModelLot): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority;
  const [aEnd, bEnd] = [a.expiresAt ?? Infinity, b.expiresAt ?? Infinity];
  if (aEnd !== bEnd) return aEnd < bEnd;
  if (a.source !== b.source) return a.source === 'GRANTED';
  if (a.grantedAt !== b.grantedAt) return a.grantedAt < b.grantedAt;
  return (a.id ?? '') < (b.id ?? '');
}
