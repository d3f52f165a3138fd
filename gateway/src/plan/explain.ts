import { GraphQLError, Kind, parse, type SelectionSetNode } from 'graphql';
import type { Fetch } from './steps.ts';

type Place = readonly (string | number)[];

/** What went wrong with a fetch as a whole: with each place that it was for. */
export type Lost = { fetch: Fetch; error: GraphQLError };

/** Errors of ours that are told once, under the id of the incident that they are. */
const TOLD_ONCE = new Set(['INTERNAL_SERVER_ERROR', 'DOWNSTREAM_SERVICE_ERROR']);

/**
 * Explains places that have nothing where something must be. A place is explained by an error at it, above it or below it, and by those at `known` places; every
 * other one gets an error of its own: that of the fetch that should have brought it, or that a subgraph gave nothing - a row out of the viewer's sight, referred to by one within it.
 */
export function createExplain(
  errors: readonly GraphQLError[],
  known: readonly Place[],
  lost: readonly Lost[],
): (place: Place) => GraphQLError | null {
  const at = new Set<string>();
  const onTheWay = new Set<string>();
  const paths = errors.flatMap(({ path }) => (path === undefined || path.length === 0 ? [] : [path]));
  for (const path of [...paths, ...known]) {
    at.add(keyOf(path));
    for (let length = 1; length < path.length; length++) onTheWay.add(keyOf(path.slice(0, length)));
  }
  const failed = lost.map(({ fetch, error }) => ({ path: fetch.path, fields: fieldsOf(fetch), error }));

  return (place) => {
    if (onTheWay.has(keyOf(place))) return null;
    for (let length = 1; length <= place.length; length++) if (at.has(keyOf(place.slice(0, length)))) return null;
    const cause = failed.find(({ path, fields }) => leadsTo(path, place) && fields.has(String(place[path.length])));
    return cause === undefined ? notAvailable([...place]) : because(cause.error, [...place]);
  };
}

const keyOf = (place: Place): string => JSON.stringify(place);

const leadsTo = (path: readonly string[], place: Place): boolean =>
  path.length < place.length &&
  path.every((element, at) => (element === '@' ? typeof place[at] === 'number' : element === place[at]));

/** The names under which a fetch brings values into each of its places. */
export function fieldsOf({ query, represent }: Fetch): ReadonlySet<string> {
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
