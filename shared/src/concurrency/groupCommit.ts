/**
 * Group commit: what many callers want done at once is done for many in one go. The busier it is, the more go together;
 * where the way to the database costs more than the work, this is the difference.
 */
export type GroupCommit<Item, Result> = {
  /** Does it for all of them; returns their results in their order. */
  run(items: readonly Item[]): Promise<readonly Result[]>;
  /** How much an item counts, at least 1. */
  weight(item: Item): number;
  /** Items that share a key are never in one go: the later one goes after the earlier one has ended. */
  keys(item: Item): Iterable<string>;
  /** The most weight in one go. A single item may weigh more: it goes alone. */
  maxWeight: number;
  /** An item of this weight or more goes alone and at once: it gains nothing by sharing, and would wait for others. */
  aloneFrom?: number;
  /**
   * The most weight that waits, and the longest it does. Beyond either the caller gets `busy`, and nothing was done.
   */
  maxWaiting: number;
  maxWaitMs: number;
  busy(): Error;
  /**
   * True for an error of one go that may be one item's fault: then each is tried alone, so that it does not take the
   * others with it.
   */
  separates(error: unknown): boolean;
};

/** Who may go together: items with the same owner, such as a database, and the same name. */
export type Group = { owner: object; name?: string };

/**
 * Returns a function that does `run` for one item, together with those of other callers of the same group that wait
 * meanwhile. What arrives in one turn of the event loop goes together. One go at a time per group, in the order of
 * arrival. A group is forgotten when nothing of it waits.
 */
export function groupCommit<Item, Result>(
  of: GroupCommit<Item, Result>,
): (item: Item, group: Group) => Promise<Result> {
  type Queue = ReturnType<typeof makeQueue<Item, Result>>;
  const queues = new WeakMap<object, Map<string, Queue>>();
  const queueOf = ({ owner, name = '' }: Group): Queue => {
    const ofOwner = queues.get(owner) ?? new Map<string, Queue>();
    queues.set(owner, ofOwner);
    const queue = ofOwner.get(name) ?? makeQueue(of, () => void ofOwner.delete(name));
    ofOwner.set(name, queue);
    return queue;
  };
  return async (item, group) => {
    if (of.aloneFrom !== undefined && of.weight(item) >= of.aloneFrom) {
      const [result] = await of.run([item]);
      return result as Result;
    }
    return await queueOf(group)(item);
  };
}

type Waiting<Item, Result> = {
  item: Item;
  since: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
};

function makeQueue<Item, Result>(of: GroupCommit<Item, Result>, idle: () => void) {
  let queue: Waiting<Item, Result>[] = [];
  let waiting = 0;
  let running = false;

  /** The first, and those after it that fit and share no key with them or with one that must wait before them. */
  function nextGo(): Waiting<Item, Result>[] {
    const going: Waiting<Item, Result>[] = [];
    const left: Waiting<Item, Result>[] = [];
    const taken = new Set<string>();
    let size = 0;
    for (const one of queue) {
      if (performance.now() - one.since > of.maxWaitMs) {
        waiting -= of.weight(one.item);
        one.reject(of.busy());
        continue;
      }
      const keys = [...of.keys(one.item)];
      const fits = going.length === 0 || size + of.weight(one.item) <= of.maxWeight;
      if (fits && !keys.some((key) => taken.has(key))) {
        going.push(one);
        size += of.weight(one.item);
        waiting -= of.weight(one.item);
      } else left.push(one);
      for (const key of keys) taken.add(key);
    }
    queue = left;
    return going;
  }

  async function go(items: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await of.run(items.map(({ item }) => item));
      items.forEach(({ resolve }, at) => void resolve(results[at] as Result));
    } catch (error) {
      if (items.length > 1 && of.separates(error)) for (const one of items) await go([one]);
      else for (const { reject } of items) reject(error);
    }
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const items = nextGo();
      if (items.length > 0) await go(items);
    }
    running = false;
    idle();
  }

  return async (item: Item): Promise<Result> => {
    if (waiting + of.weight(item) > of.maxWaiting) throw of.busy();
    return await new Promise<Result>((resolve, reject) => {
      queue.push({ item, since: performance.now(), resolve, reject });
      waiting += of.weight(item);
      if (running) return;
      running = true;
      setImmediate(() => void drain());
    });
  };
}
