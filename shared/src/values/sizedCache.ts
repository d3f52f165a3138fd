/** What was used last, as far as it fits into a size. */
export type SizedCache<Value> = {
  get(key: string): Value | undefined;
  /** Pushes out what was used longest ago. What is larger than the whole is not kept. */
  set(key: string, value: Value, size: number): void;
  delete(key: string): void;
  /** The sizes of all that is kept. */
  held(): number;
};

/**
 * Keeps values up to a size altogether, in whatever unit the caller counts: a number of entries is no bound where one
 * of them can be a hundred times another.
 */
export function createSizedCache<Value>(most: number): SizedCache<Value> {
  // In the order of their last use.
  const kept = new Map<string, { value: Value; size: number }>();
  let held = 0;

  function remove(key: string): void {
    held -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  }

  return {
    get(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    set(key, value, size) {
      remove(key);
      if (size > most) return;
      kept.set(key, { value, size });
      held += size;
      for (const oldest of kept.keys()) {
        if (held <= most) return;
        remove(oldest);
      }
    },
    delete: remove,
    held: () => held,
  };
}
