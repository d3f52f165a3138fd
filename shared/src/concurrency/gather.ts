/**
 * What many callers want done at once, done for many in one go: the busier it is, the more go together (group commit).
 * Where the way to the database costs more than the work, this is the difference.
 */
export type Gathering<Item, Result> = {
  /** Does it for all of them and gives their results in their order. */
  run(items: readonly Item[]): Promise<readonly Result[]>;
  /** How much an item counts, at least 1. */
  weight(item: Item): number;
  /** Items that share a key never go together: the later one goes after the earlier one has ended. */
  keys(item: Item): Iterable<string>;
  /** The most that goes together. A single item may weigh more. */
  most: number;
  /**
   * The most that waits. Beyond it, and after `longestWaitMs`, `busy` says what the caller is told; nothing was done
   * then.
   */
  mostWaiting: number;
  longestWaitMs: number;
  busy(): Error;
  /**
   * True for an error of one go that may be one item's fault: then each is tried alone, so that it does not take the
   * others with it.
   */
  separates(error: unknown): boolean;
};

type Waiting<Item, Result> = {
  item: Item;
  since: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
};

/**
 * Gives a function that does `run` for one item, together with those of other callers that wait meanwhile. One go at a
 * time, in the order of arrival.
 */
export function gatherer<Item, Result>(of: Gathering<Item, Result>, idle = (): void => undefined) {
  let queue: Waiting<Item, Result>[] = [];
  let waiting = 0;
  let running = false;

  /** The first, and those after it that fit and share no key with them or with one that must wait before them. */
  function nextBatch(): Waiting<Item, Result>[] {
    const batch: Waiting<Item, Result>[] = [];
    const left: Waiting<Item, Result>[] = [];
    const taken = new Set<string>();
    let size = 0;
    for (const one of queue) {
      if (performance.now() - one.since > of.longestWaitMs) {
        waiting -= of.weight(one.item);
        one.reject(of.busy());
        continue;
      }
      const keys = [...of.keys(one.item)];
      const fits = batch.length === 0 || size + of.weight(one.item) <= of.most;
      if (fits && !keys.some((key) => taken.has(key))) {
        batch.push(one);
        size += of.weight(one.item);
        waiting -= of.weight(one.item);
      } else left.push(one);
      for (const key of keys) taken.add(key);
    }
    queue = left;
    return batch;
  }

  async function go(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await of.run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, at) => void resolve(results[at] as Result));
    } catch (error) {
      if (batch.length > 1 && of.separates(error)) for (const one of batch) await go([one]);
      else for (const { reject } of batch) reject(error);
    }
  }

  async function drain(): Promise<void> {
    running = true;
    while (queue.length > 0) {
      const batch = nextBatch();
      if (batch.length > 0) await go(batch);
    }
    running = false;
    idle();
  }

  return async (item: Item): Promise<Result> => {
    if (waiting + of.weight(item) > of.mostWaiting) throw of.busy();
    return await new Promise<Result>((resolve, reject) => {
      queue.push({ item, since: performance.now(), resolve, reject });
      waiting += of.weight(item);
      if (!running) void drain();
    });
  };
}
