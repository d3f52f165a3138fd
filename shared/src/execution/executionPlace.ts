import type { PlannedField } from './executionPlan.ts';

/**
 * A place of the answer that holds an object or a list. It is the path to itself, as resolvers get it and errors show
 * it.
 */
export type Place = {
  readonly prev: Place | undefined;
  readonly key: string | number;
  readonly typename: string | undefined;
  readonly nullable: boolean;
  /** What holds it: the object or list one level up. */
  readonly container: Container;
  /** The value that resolvers are given, and what is answered of it. */
  source: unknown;
  target: Container;
  /** An error made it null: what else happens below it is of no interest. */
  nulled: boolean;
};
export type Container = Record<string | number, unknown>;

/** Where a value goes: the place without what is in it. */
export type Spot = Pick<Place, 'prev' | 'key' | 'typename' | 'container'>;

/** Objects of an answer inherit nothing, so no key of a caller's finds anything that is not theirs. */
const NOTHING = Object.freeze(Object.create(null));

export const emptyAnswer = (): Container => Object.setPrototypeOf({}, NOTHING);

export function placeAt({ prev, key, typename, container }: Spot, nullable: boolean): Place {
  return { prev, key, typename, nullable, container, source: undefined, target: container, nulled: false };
}

/** Where a field's value goes. What is under the root has no place above it: the root is no part of a path. */
export const spotAt = (root: Place, { key, parentType }: PlannedField, parent: Place): Spot => ({
  prev: parent === root ? undefined : parent,
  key,
  typename: parentType.name,
  container: parent.target,
});

/**
 * An object with all keys of a selection, which those of the answer are copies of. V8 keeps copies compact, however
 * many keys they have; one that gets its keys one by one becomes a hash table, six times as large and ten times as
 * slow. Each key is the object's own, `__proto__` as well.
 */
const templates = new WeakMap<readonly PlannedField[], Container>();

/** Puts an object into its place, its keys in the order of the selection whenever their values arrive. */
export function give(place: Place, source: unknown, fields: readonly PlannedField[]): void {
  let template = templates.get(fields);
  if (template === undefined) {
    template = Object.fromEntries(fields.map(({ key }) => [key, undefined]));
    templates.set(fields, template);
  }
  place.source = source;
  place.target = Object.setPrototypeOf({ ...template }, NOTHING);
  place.container[place.key] = place.target;
}
