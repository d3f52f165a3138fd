import { type AnswerBudget, bytesOf, isSpent, UNBOUNDED } from '@comptoir/shared/protocol/answerBudget.ts';
import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type SelectionSetNode,
} from 'graphql';
import { type Data, isData, own } from './data.ts';
import { collectAll, type OperationContext, wrongArguments } from './selected.ts';

export type Path = readonly (string | number)[];

/** Tells of a place where the data have nothing that may stand there; with the error, when it is known what is wrong. */
export type Missing = (path: Path, wrong?: GraphQLError) => void;

/**
 * Makes the answer to an operation of the data that the subgraphs gave: what was asked for, in that order and nothing else, with null
 * where the schema allows nothing better; a null that may not be takes what is around it along, up to the first place that may be null.
 * Gives null when that is the whole answer. Counts the budget down by what it makes, which one object of the data may
 * be several times, and throws `TooLarge` when that is spent.
 */
export type Shape = (data: Data, missing: Missing, budget?: AnswerBudget) => Data | null;

/** What an operation is read with. */
type ShapeContext = OperationContext & {
  /** Of the answer that is being made: each is made in one go. */
  count: { budget: AnswerBudget };
};

/** In place of a value that cannot be, of which has been told: the place itself may be null. */
const FAILED = Symbol('failed');
/** The same, and what is around it may not stay either. */
const BROKEN = Symbol('broken');

/** `path` is where the value stands; it is only valid during the call. */
type Complete = (value: unknown, path: (string | number)[], missing: Missing) => unknown;

/** Reads an operation once; the shape serves every request with the same values for `@skip` and `@include`. */
export function readShape(root: GraphQLObjectType, selectionSet: SelectionSetNode, context: OperationContext): Shape {
  const count = { budget: UNBOUNDED };
  const complete = objectOf(root, [selectionSet], { ...context, count });
  return (data, missing, budget = UNBOUNDED) => {
    count.budget = { ...budget };
    const completed = complete(data, [], missing);
    return completed === FAILED ? null : (completed as Data);
  };
}

function completeType(type: GraphQLOutputType, selectionSets: SelectionSetNode[], context: ShapeContext): Complete {
  if (isNonNullType(type)) {
    const complete = completeType(type.ofType, selectionSets, context);
    return (value, path, missing) => {
      const completed = complete(value, path, missing);
      if (completed === null) missing(path);
      return completed === null || completed === FAILED ? BROKEN : completed;
    };
  }
  if (isListType(type)) return listOf(completeType(type.ofType, selectionSets, context), context);
  if (isLeafType(type)) return leafOf(type);
  if (isObjectType(type)) return objectOf(type, selectionSets, context);
  return oneOf(type, selectionSets, context);
}

function listOf(complete: Complete, { count }: ShapeContext): Complete {
  return (value, path, missing) => {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) return failed(path, missing);
    const list = new Array(value.length);
    let broken = false;
    for (let at = 0; at < value.length; at++) {
      spend(count, '', value[at]);
      path.push(at);
      const completed = complete(value[at], path, missing);
      path.pop();
      if (completed === BROKEN) broken = true;
      list[at] = completed === FAILED ? null : completed;
    }
    return broken ? FAILED : list;
  };
}

/** Values that no client may see (an enum's hidden one) or that are of another kind count as missing. */
function leafOf(type: GraphQLOutputType): Complete {
  const fits = leafCheck(type);
  return (value, path, missing) => {
    if (value === null || value === undefined) return null;
    return fits(value) ? value : failed(path, missing);
  };
}

function leafCheck(type: GraphQLOutputType): (value: unknown) => boolean {
  if (isEnumType(type)) {
    const names = new Set(type.getValues().map(({ name }) => name));
    return (value) => typeof value === 'string' && names.has(value);
  }
  switch (getNamedType(type).name) {
    case 'String':
      return (value) => typeof value === 'string';
    case 'ID':
      return (value) => typeof value === 'string' || Number.isInteger(value);
    case 'Boolean':
      return (value) => typeof value === 'boolean';
    case 'Int':
      return (value) => Number.isInteger(value);
    case 'Float':
      return (value) => typeof value === 'number';
    default:
      return (value) => value !== null && value !== undefined;
  }
}

/**
 * An interface or a union: what is asked for depends on what the object turns out to be. Where no subgraph could tell, what all of them have
 * is still worth having.
 */
function oneOf(type: GraphQLAbstractType, selectionSets: SelectionSetNode[], context: ShapeContext): Complete {
  const shapes = new Map<string, Complete>();
  return (value, path, missing) => {
    if (value === null || value === undefined) return null;
    const named = isData(value) ? own(value, '__typename') : undefined;
    const typename = typeof named === 'string' ? named : type.name;
    let complete = shapes.get(typename);
    if (complete === undefined) {
      const actual = context.schema.getType(typename);
      if (!isCompositeType(actual)) return failed(path, missing);
      complete = objectOf(actual, selectionSets, context);
      shapes.set(typename, complete);
    }
    return complete(value, path, missing);
  };
}

type FieldShape = {
  name: string;
  /** Whether plain objects have something by that name, which is not theirs. */
  inherited: boolean;
  /** Of a scalar or an enum, which most are: what it may be. Anything else is completed. */
  fits: ((value: unknown) => boolean) | null;
  complete: Complete;
};

function objectOf(type: GraphQLCompositeType, selectionSets: SelectionSetNode[], context: ShapeContext): Complete {
  let fields: FieldShape[] | GraphQLError | null = null;
  return (value, path, missing) => {
    if (value === null || value === undefined) return null;
    if (!isData(value)) return failed(path, missing);
    // Not before it is needed: a type that refers to itself has no end.
    fields ??= readFields(type, selectionSets, context);
    if (fields instanceof GraphQLError) return failed(path, missing, fields);
    const object: Data = {};
    for (const { name, inherited, fits, complete } of fields) {
      const given = inherited ? own(value, name) : value[name];
      spend(context.count, name, given);
      if (fits?.(given)) {
        object[name] = given;
        continue;
      }
      path.push(name);
      const completed = complete(given, path, missing);
      path.pop();
      if (completed === BROKEN) return FAILED;
      object[name] = completed === FAILED ? null : completed;
    }
    return object;
  };
}

/** Thrown where the answer would be larger than its budget. */
export class TooLarge extends Error {}

function spend({ budget }: ShapeContext['count'], name: string, given: unknown): void {
  // What is in an object or a list is counted where it is made.
  budget.left -= bytesOf(name, typeof given === 'object' ? null : given);
  if (isSpent(budget)) throw new TooLarge('The answer is too large.');
}

function failed(path: Path, missing: Missing, wrong?: GraphQLError): typeof FAILED {
  missing(path, wrong);
  return FAILED;
}

/** What is wrong, when it is not known which fields are asked for: a condition is null. */
function readFields(
  type: GraphQLCompositeType,
  selectionSets: SelectionSetNode[],
  context: ShapeContext,
): FieldShape[] | GraphQLError {
  const nodes = collectAll(type, selectionSets, context);
  if (nodes instanceof GraphQLError) return nodes;
  return [...nodes].map(([name, fieldNodes]) => ({
    name,
    inherited: name in {},
    ...readField(type, fieldNodes, context),
  }));
}

function readField(
  type: GraphQLCompositeType,
  nodes: FieldNode[],
  context: ShapeContext,
): Pick<FieldShape, 'fits' | 'complete'> {
  const node = nodes[0] as FieldNode;
  const name = node.name.value;
  if (name === '__typename') return { fits: null, complete: isObjectType(type) ? () => type.name : unknownType };
  if (name === '__type') return { fits: null, complete: (value) => value ?? null };
  if (name === '__schema') return { fits: null, complete: presentOr };
  const field = isUnionType(type) ? undefined : type.getFields()[name];
  if (field === undefined) throw new Error(`${type.name} has no field ${name}.`);
  const wrong = wrongArguments(field, node, context);
  if (wrong !== null) return { fits: null, complete: brokenBy(wrong, isNonNullType(field.type)) };
  const nullable = getNullableType(field.type);
  const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  return {
    fits: isLeafType(nullable) ? leafCheck(nullable) : null,
    complete: completeType(field.type, selectionSets, context),
  };
}

function unknownType(_value: unknown, path: Path, missing: Missing): typeof BROKEN {
  missing(path);
  return BROKEN;
}

function presentOr(value: unknown, path: Path, missing: Missing): unknown {
  return value ?? unknownType(value, path, missing);
}

const brokenBy =
  (wrong: GraphQLError, nonNull: boolean): Complete =>
  (_value, path, missing) => {
    missing(path, wrong);
    return nonNull ? BROKEN : FAILED;
  };
