/** An object of an answer that is being put together, its keys as the document names them. */
export type Data = Record<string, unknown>;

export const isData = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the object itself holds under a name that a caller chose: `constructor` is an alias like any other. */
export const own = (object: Data, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined);

/**
 * Puts what a subgraph gave into an object of the answer; where both have an object or a list of the same length, one
 * level deeper. What it takes over it does not copy.
 */
export function merge(target: Data, source: Data): void {
  for (const key of Object.keys(source)) {
    const value = source[key];
    const present = typeof value === 'object' && value !== null ? own(target, key) : undefined;
    if (present === undefined || present === null || present === value) target[key] = value;
    else if (Array.isArray(value)) mergeLists(target, key, present, value);
    else if (isData(present)) merge(present, value as Data);
    else target[key] = value;
  }
}

function mergeLists(target: Data, key: string, present: unknown, value: unknown[]): void {
  if (!Array.isArray(present) || present.length !== value.length) {
    target[key] = value;
    return;
  }
  value.forEach((element, at) => {
    const before = present[at];
    if (isData(before) && isData(element)) merge(before, element);
    else present[at] = element;
  });
}
