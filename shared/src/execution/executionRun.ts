import {
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  locatedError,
  responsePathAsArray,
} from 'graphql';
import type { AnswerBudget } from '../protocol/answerBudget.ts';
import { type Place, placeAt, type Spot } from './executionPlace.ts';
import type { Plan, PlannedField, Shape } from './executionPlan.ts';

/** A value that is not there yet, or the name of its type; `take` does what follows. */
export type Pending = { promise: PromiseLike<unknown>; shape: Shape; at: Spot; take: (arrived: unknown) => void };
/**
 * What all values of one field on one level give: objects whose fields come next, and promises to be waited for first.
 */
export type Batch = { field: PlannedField; objects: Map<GraphQLObjectType, Place[]>; pending: Pending[] };

export type Run = {
  schema: GraphQLSchema;
  plan: Plan;
  context: unknown;
  variables: Record<string, unknown>;
  root: Place;
  errors: GraphQLError[];
  budget: AnswerBudget;
  breathe: () => Promise<void> | undefined;
};

/**
 * What is answered of a value that is there and as it should be. Undefined for any other: `complete` looks at those
 * with all care.
 */
export function serialize(type: GraphQLLeafType, value: unknown): unknown {
  if (value === null || value === undefined || value instanceof Error || isPromise(value)) return undefined;
  try {
    return type.serialize(value) ?? undefined;
  } catch {
    return undefined;
  }
}

export function runtimeType(
  { schema }: Run,
  field: PlannedField,
  type: GraphQLAbstractType,
  name: unknown,
): GraphQLObjectType {
  const found = typeof name === 'string' ? schema.getType(name) : undefined;
  if (isObjectType(found) && schema.isSubType(type, found)) return found;
  throw new GraphQLError(`${type.name} in ${nameOf(field)} is none of its types: ${String(name)}.`, {
    nodes: field.nodes,
  });
}

/** An error makes null the nearest place around it that may be; of several that meet in one place the first is told. */
export function fail(run: Run, field: PlannedField, at: Spot, shape: Shape, raw: unknown): void {
  let place = placeAt(at, !shape.nonNull);
  const error = locatedError(raw, field.nodes, responsePathAsArray(place));
  while (!place.nullable) place = place.prev ?? run.root;
  if (isNulled(run, place)) return;
  place.nulled = true;
  place.container[place.key] = null;
  run.errors.push(error);
}

export function isNulled({ root }: Run, place: Place): boolean {
  if (root.nulled) return true;
  for (let at: Place | undefined = place; at !== undefined; at = at.prev) if (at.nulled) return true;
  return false;
}

export const nameOf = ({ parentType, name }: PlannedField): string => `${parentType.name}.${name}`;
export const nullIn = (field: PlannedField): Error =>
  new Error(`Cannot return null for non-nullable field ${nameOf(field)}.`);

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';
