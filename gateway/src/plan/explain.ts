import { GraphQLError, Kind, parse, type SelectionSetNode } from 'graphql';
import type { Fetch } from './steps.ts';

type Place = readonly (string | number)[];

/** Fetches that failed as a whole, each with what went wrong first: with each place that it was for. */
export type Lost = Map<Fetch, GraphQLError>;

/** Errors of ours that are told once, under the id of the incident that they are. */
const TOLD_ONCE = new Set(['INTERNAL_SERVER_ERROR', 'DOWNSTREAM_SERVICE_ERROR']);

/** What is known of places that have nothing where something must be. */
export type Explain = {
  /**
   * True of a place that an error at it, above it or below it explains, or a known place there. Cheap: asked of each.
   */
  isExplained(place: Place): boolean;
  /**
   * The error of any other place: that of the fetch that should have brought it, or that a subgraph gave nothing - a
   * row out of the viewer's sight, referred to by one within it.
   */
  errorAt(place: Place): GraphQLError;
};

/** Places by their parts; `isPlace` where one ends. */
type Tree = { isPlace: boolean; below: Map<string | number, Tree> };
const emptyTree = (): Tree => ({ isPlace: false, below: new Map() });

export function createExplain(errors: readonly GraphQLError[], known: readonly Place[], lost: Lost): Explain {
  const root = emptyTree();
  for (const path of [...errors.flatMap(({ path }) => (path === undefined ? [] : [path])), ...known]) plant(root, path);
  const failed = [...lost].map(([fetch, error]) => ({ path: fetch.path, fields: fieldsOf(fetch), error }));

  return {
    isExplained(place) {
      let tree = root;
      for (const part of place) {
        const next = tree.below.get(part);
        if (next === undefined) return false;
        if (next.isPlace) return true;
        tree = next;
      }
      // All of it is on the way to another place.
      return place.length > 0;
    },
    errorAt(place) {
      const cause = failed.find(({ path, fields }) => leadsTo(path, place) && fields.has(String(place[path.length])));
      return cause === undefined ? notAvailable([...place]) : because(cause.error, [...place]);
    },
  };
}

function plant(root: Tree, place: Place): void {
  if (place.length === 0) return;
  let tree = root;
  for (const part of place) {
    let next = tree.below.get(part);
    if (next === undefined) {
      next = emptyTree();
      tree.below.set(part, next);
    }
    tree = next;
  }
  tree.isPlace = true;
}

const leadsTo = (path: readonly string[], place: Place): boolean =>
  path.length < place.length &&
  path.every((element, at) => (element === '@' ? typeof place[at] === 'number' : element === place[at]));

const fieldsKnown = new WeakMap<Fetch, ReadonlySet<string>>();

/**
 * The names under which a fetch brings values into each of its places. Its text is read once, as long as the plan is
 * kept.
 */
export function fieldsOf(fetch: Fetch): ReadonlySet<string> {
  let fields = fieldsKnown.get(fetch);
  if (fields === undefined) {
    fields = readFields(fetch);
    fieldsKnown.set(fetch, fields);
  }
  return fields;
}

function readFields({ query, represent }: Fetch): ReadonlySet<string> {
  const names = new Set<string>();
  const read = ({ selections }: SelectionSetNode, depth: number): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) read(selection.selectionSet, depth);
      else if (selection.kind !== Kind.FIELD) continue;
      else if (depth > 0 && selection.selectionSet !== undefined) read(selection.selectionSet, depth - 1);
      else names.add((selection.alias ?? selection.name).value);
    }
  };
  for (const definition of parse(query, { noLocation: true }).definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) read(definition.selectionSet, represent === undefined ? 0 : 1);
  return names;
}

function because({ message, extensions }: GraphQLError, place: Place): GraphQLError {
  if (TOLD_ONCE.has(String(extensions.code)) && extensions.incidentId === undefined)
    return new GraphQLError('This part of the answer could not be fetched.', {
      path: place,
      extensions: { code: 'NOT_AVAILABLE' },
    });
  return new GraphQLError(message, { path: place, extensions });
}

const notAvailable = (path: Place): GraphQLError =>
  new GraphQLError('This part of the answer is not available to you.', { path, extensions: { code: 'NOT_AVAILABLE' } });
