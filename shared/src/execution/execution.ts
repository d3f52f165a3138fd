import {
  type DocumentNode,
  defaultTypeResolver,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
} from 'graphql';
import { createBreath } from '../concurrency/breath.ts';
import { type AnswerBudget, bytesOf, isSpent, UNBOUNDED } from '../protocol/answerBudget.ts';
import { type Container, emptyAnswer, give, type Place, placeAt, type Spot, spotAt } from './executionPlace.ts';
import { createPlans, onlyOperation, type PlannedField, type Shape, selectedFields } from './executionPlan.ts';
import {
  type Batch,
  fail,
  isNulled,
  isPromise,
  nameOf,
  nullIn,
  type Pending,
  type Run,
  runtimeType,
  serialize,
} from './executionRun.ts';

export type Execution = {
  document: DocumentNode;
  contextValue: unknown;
  variableValues?: Record<string, unknown> | undefined;
  operationName?: string | null | undefined;
  /**
   * Counted down by what is answered. Once it is spent no more is resolved, but for the fields of a mutation, which
   * are changes.
   */
  budget?: AnswerBudget | undefined;
};

/** Values of one level beyond which others get a turn between two of its fields. */
const MANY_VALUES = 5_000;

/** Promises of one field beyond which others get a turn between what comes of two of them: each may be a list. */
const MANY_PROMISES = 50;

/**
 * Executes operations as graphql-js does, level by level instead of value by value: a field is resolved for all values
 * of its level before what is selected of it, so one promise per field waits for all of them, plain fields are read in
 * a loop, and arguments are read once. Data, errors, their paths and how far `null` spreads are those of graphql-js
 * (`execution.test.ts` holds them against each other); only the order among several errors may differ. Introspection is
 * left to graphql-js.
 */
export function createExecution(schema: GraphQLSchema): (execution: Execution) => Promise<ExecutionResult> {
  const planFor = createPlans(schema);

  return async ({ budget = { ...UNBOUNDED }, ...execution }) => {
    const { document, operationName, variableValues, contextValue } = execution;
    const operation = onlyOperation(document);
    if (operation === null || (operationName != null && operation.name?.value !== operationName))
      return await execute({ schema, ...execution });
    const variables = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, {
      maxErrors: 50,
    });
    const plan = variables.errors === undefined ? planFor(document, operation, variables.coerced) : null;
    if (plan === null || variables.errors !== undefined) return await execute({ schema, ...execution });

    const holder = emptyAnswer();
    const root = placeAt({ prev: undefined, key: 'data', typename: undefined, container: holder }, true);
    const given = { context: contextValue, variables: variables.coerced, budget };
    const run: Run = { schema, plan, ...given, root, errors: [], breathe: createBreath() };
    give(root, undefined, plan.root);
    if (operation.operation === 'mutation') for (const field of plan.root) await resolveFields(run, [field], [root]);
    else await resolveFields(run, plan.root, [root]);
    const data = holder['data'] as ExecutionResult['data'];
    return run.errors.length === 0 ? { data } : { errors: run.errors, data };
  };
}

/** Undefined when everything was there at once. */
function resolveFields(
  run: Run,
  fields: readonly PlannedField[],
  parents: readonly Place[],
): Promise<void> | undefined {
  if (parents.length * fields.length > MANY_VALUES) return resolveInTurns(run, fields, parents);
  const waiting: Promise<void>[] = [];
  for (const field of fields) {
    const rest = resolveField(run, field, parents);
    if (rest !== undefined) waiting.push(rest);
  }
  return all(waiting);
}

/** The fields that ask somebody come first and at once, so that what they ask can go together. */
async function resolveInTurns(run: Run, fields: readonly PlannedField[], parents: readonly Place[]): Promise<void> {
  const asking = all(fields.filter(isAsking).flatMap((field) => resolveField(run, field, parents) ?? []));
  // Looked at in the end: until then no one else does.
  asking?.catch(() => undefined);
  for (const field of fields) {
    if (isAsking(field)) continue;
    await run.breathe();
    await resolveField(run, field, parents);
  }
  await asking;
  await run.breathe();
}

const isAsking = ({ resolve }: PlannedField): boolean => resolve !== null;

function resolveField(run: Run, field: PlannedField, parents: readonly Place[]): Promise<void> | undefined {
  const { key, shape, parentType } = field;
  const { budget } = run;
  if (field.name === '__typename') {
    for (const { target } of parents) target[key] = parentType.name;
    budget.left -= parents.length * bytesOf(key, parentType.name);
    return undefined;
  }
  if (isSpent(budget) && parents[0] !== run.root) return undefined;
  const batch: Batch = { field, objects: new Map(), pending: [] };
  const args = readArguments(run, field);
  for (const parent of parents) {
    if (run.errors.length > 0 && isNulled(run, parent)) continue;
    let value: unknown;
    try {
      value = resolveValue(run, field, parent, args);
    } catch (error) {
      fail(run, field, spotAt(run.root, field, parent), shape, error);
      continue;
    }
    if (shape.kind === 'LEAF') {
      const serialized = serialize(shape.type, value);
      if (serialized !== undefined) {
        parent.target[key] = serialized;
        budget.left -= bytesOf(key, serialized);
        if (isSpent(budget)) break;
        continue;
      }
    }
    const at = spotAt(run.root, field, parent);
    if (isPromise(value)) waitFor(run, batch, shape, at, value);
    else complete(run, batch, shape, at, value);
  }
  return batch.pending.length === 0 ? resolveObjects(run, batch) : settle(run, batch);
}

function waitFor(run: Run, batch: Batch, shape: Shape, at: Spot, promise: PromiseLike<unknown>): void {
  batch.pending.push({ promise, shape, at, take: (value) => complete(run, batch, shape, at, value) });
}

type Arguments = { values: Record<string, unknown> } | { error: unknown } | null;

/** The arguments depend on the variables only, so they are the same for all parents. Null when there are none. */
function readArguments({ variables }: Run, { definition, nodes: [node] }: PlannedField): Arguments {
  if (definition.args.length === 0 || node === undefined) return null;
  try {
    return { values: getArgumentValues(definition, node, variables) };
  } catch (error) {
    return { error };
  }
}

function resolveValue(run: Run, field: PlannedField, parent: Place, args: Arguments): unknown {
  const { source } = parent;
  if (args !== null && 'error' in args) throw args.error;
  if (field.resolve !== null)
    return field.resolve(source, args?.values ?? {}, run.context, infoOf(run, field, spotAt(run.root, field, parent)));
  if (source === null || (typeof source !== 'object' && typeof source !== 'function')) return undefined;
  const value = (source as Record<string, unknown>)[field.name];
  if (typeof value !== 'function') return value;
  return value.call(source, args?.values ?? {}, run.context, infoOf(run, field, spotAt(run.root, field, parent)));
}

function infoOf({ schema, plan, variables }: Run, field: PlannedField, at: Spot): GraphQLResolveInfo {
  return {
    fieldName: field.name,
    fieldNodes: field.nodes,
    returnType: field.definition.type,
    parentType: field.parentType,
    path: at,
    schema,
    fragments: plan.fragments,
    rootValue: undefined,
    operation: plan.operation,
    variableValues: variables,
  };
}

/** Puts a value into its place. Objects go to the batch: their fields are resolved together. Never throws. */
function complete(run: Run, batch: Batch, shape: Shape, at: Spot, value: unknown): void {
  const { container, key } = at;
  run.budget.left -= bytesOf(typeof key === 'string' ? key : '', null);
  try {
    if (value instanceof Error) throw value;
    if (value === null || value === undefined) {
      if (shape.nonNull) throw nullIn(batch.field);
      container[key] = null;
    } else if (shape.kind === 'LEAF') {
      const serialized = shape.type.serialize(value);
      if (serialized === null || serialized === undefined)
        throw new Error(`${shape.type.name} serialized a value of ${nameOf(batch.field)} to nothing.`);
      container[key] = serialized;
      run.budget.left -= bytesOf('', serialized);
    } else if (shape.kind === 'LIST') completeList(run, batch, shape, at, value);
    else if (shape.kind === 'OBJECT') addObject(run, batch, shape.type, placeAt(at, !shape.nonNull), value);
    else {
      const { type } = shape;
      const take = (name: unknown): void =>
        addObject(run, batch, runtimeType(run, batch.field, type, name), placeAt(at, !shape.nonNull), value);
      const name = (type.resolveType ?? defaultTypeResolver)(value, run.context, infoOf(run, batch.field, at), type);
      if (isPromise(name)) batch.pending.push({ promise: name, shape, at, take });
      else take(name);
    }
  } catch (error) {
    fail(run, batch.field, at, shape, error);
  }
}

function completeList(run: Run, batch: Batch, shape: Shape & { kind: 'LIST' }, at: Spot, value: unknown): void {
  if (typeof value !== 'object' || typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function')
    throw new GraphQLError(`Expected Iterable, but did not find one for field "${nameOf(batch.field)}".`);
  const place = placeAt(at, !shape.nonNull);
  const target: unknown[] = [];
  place.target = target as unknown as Container;
  place.container[place.key] = target;
  for (const item of value as Iterable<unknown>) {
    const isUnderWay = isPromise(item);
    // What is under way already is waited for, whatever comes of it: an answer before its end would leave it to no one.
    if (!isUnderWay && shape.item.kind !== 'LIST' && isSpent(run.budget)) continue;
    const spot: Spot = { prev: place, key: target.length, typename: undefined, container: place.target };
    target.push(null);
    if (isUnderWay) waitFor(run, batch, shape.item, spot, item);
    else complete(run, batch, shape.item, spot, item);
  }
}

function addObject(run: Run, batch: Batch, type: GraphQLObjectType, place: Place, value: unknown): void {
  give(place, value, selectedFields(run.schema, run.plan, batch.field, type));
  const known = batch.objects.get(type);
  if (known === undefined) batch.objects.set(type, [place]);
  else known.push(place);
}

/** Resolves when all that is pending has arrived, and what is selected of it. */
async function settle(run: Run, batch: Batch): Promise<void> {
  while (batch.pending.length > 0) {
    const pending = batch.pending.splice(0);
    await (pending.length > MANY_PROMISES ? takeInTurns(run, batch, pending) : takeAsTheyCome(run, batch, pending));
  }
  await resolveObjects(run, batch);
}

function takeAsTheyCome(run: Run, { field }: Batch, pending: readonly Pending[]): Promise<void> {
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let left = pending.length;
  for (const one of pending) {
    const next = (outcome: PromiseSettledResult<unknown>): void => {
      takeOne(run, field, one, outcome);
      left -= 1;
      if (left === 0) resolve();
    };
    one.promise.then(
      (value) => next({ status: 'fulfilled', value }),
      (reason) => next({ status: 'rejected', reason }),
    );
  }
  return all;
}

async function takeInTurns(run: Run, { field }: Batch, pending: readonly Pending[]): Promise<void> {
  const outcomes = await Promise.allSettled(pending.map(({ promise }) => promise));
  for (const [at, one] of pending.entries()) {
    takeOne(run, field, one, outcomes[at] as PromiseSettledResult<unknown>);
    await run.breathe();
  }
}

function takeOne(run: Run, field: PlannedField, one: Pending, outcome: PromiseSettledResult<unknown>): void {
  try {
    if (outcome.status === 'rejected') throw outcome.reason;
    one.take(outcome.value);
  } catch (error) {
    fail(run, field, one.at, one.shape, error);
  }
}

function resolveObjects(run: Run, { field, objects }: Batch): Promise<void> | undefined {
  const waiting: Promise<void>[] = [];
  for (const [type, places] of objects) {
    const rest = resolveFields(run, selectedFields(run.schema, run.plan, field, type), places);
    if (rest !== undefined) waiting.push(rest);
  }
  return all(waiting);
}

function all(waiting: Promise<void>[]): Promise<void> | undefined {
  return waiting.length < 2 ? waiting[0] : Promise.all(waiting).then(() => undefined);
}
