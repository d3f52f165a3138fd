/**
 * What credits do, written down once more and in another way, to compare the books with: lots in plain arrays, no
 * locks, no SQL. Only what it says of each step and each balance counts.
 */
type ModelLot = {
  owner: number;
  /** Anyone who allocated it, by the lot that it came from; null of credits that came in from outside. */
  from: ModelLot | null;
  bought: boolean;
  expires: number;
  came: number;
  left: number;
};

export class CreditsModel {
  private lots: ModelLot[] = [];
  private time = 0;
  private arrivals = 0;

  /** Moves the clock, in days. */
  pass(days: number): void {
    this.time += days;
  }

  /** Credits from outside; `days` until they expire. */
  add(owner: number, credits: number, { bought = false, days = Infinity } = {}): void {
    this.lots.push({ owner, from: null, bought, expires: this.time + days, came: this.next(), left: credits });
  }

  balance(owner: number): number {
    return this.spendable(owner).reduce((sum, { left }) => sum + left, 0);
  }

  spend(owner: number, credits: number): boolean {
    return this.take(this.spendable(owner), credits) !== null;
  }

  allocate(from: number, to: number, credits: number): boolean {
    const taken = this.take(this.spendable(from), credits);
    const came = this.next();
    for (const { lot, credits: left } of taken ?? []) {
      this.lots.push({ owner: to, from: lot, bought: lot.bought, expires: lot.expires, came, left });
    }
    return taken !== null;
  }

  takeBack(from: number, to: number, credits: number): boolean {
    const allocated = this.spendable(from).filter((lot) => lot.from?.owner === to);
    allocated.sort((a, b) => b.came - a.came);
    const taken = this.take(allocated, credits);
    for (const { lot, credits: back } of taken ?? []) if (lot.from !== null) lot.from.left += back;
    return taken !== null;
  }

  private next(): number {
    this.arrivals += 1;
    return this.arrivals;
  }

  /** In the order of the spec; of one priority, for nothing here sets another. */
  private spendable(owner: number): ModelLot[] {
    const lots = this.lots.filter((lot) => lot.owner === owner && lot.left > 0 && lot.expires > this.time);
    const by = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
    return lots.sort(
      (a, b) => by(a.expires, b.expires) || by(Number(a.bought), Number(b.bought)) || by(a.came, b.came),
    );
  }

  private take(lots: ModelLot[], credits: number): { lot: ModelLot; credits: number }[] | null {
    if (lots.reduce((sum, { left }) => sum + left, 0) < credits) return null;
    const taken: { lot: ModelLot; credits: number }[] = [];
    let missing = credits;
    for (const lot of lots) {
      const part = Math.min(lot.left, missing);
      if (part === 0) break;
      lot.left -= part;
      missing -= part;
      taken.push({ lot, credits: part });
    }
    return taken;
  }
}
