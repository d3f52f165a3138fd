import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNullableType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type SelectionSetNode,
} from 'graphql';
import { type Data, isData, own } from './data.ts';
import { leafCheck } from './leafCheck.ts';
import { collectAll, type OperationContext, wrongArguments } from './selected.ts';
import { flush, jsonOf, markOf, takeBack, type Writer } from './written.ts';

export type Path = readonly (string | number)[];

/**
 * Tells of a place where the data have nothing that may stand there; with the error, when it is known what is wrong.
 */
export type Missing = (path: Path, wrong?: GraphQLError) => void;

/** An answer that is being written. */
export type Answer = {
  writer: Writer;
  missing: Missing;
  /** Lets others have a turn, when this answer has had its own. */
  breathe: () => Promise<void> | undefined;
};

/**
 * Writes the answer to an operation from the data that the subgraphs gave: what was asked for, in that order and
 * nothing else, with null where the schema allows nothing better; a null that may not be takes what is around it along,
 * up to the first place that may be null. False when that is the whole answer, of which nothing is written then.
 *
 * It is written at once as it is sent, because an answer of objects is as large again as the data themselves: the
 * collector would copy both while everybody waits.
 */
export type Shape = (data: Data, answer: Answer) => Promise<boolean>;

/** What became of a value. Of one that is not written there is nothing in the answer, and null can stand for it. */
const WRITTEN = 0;
const ABSENT = 1;
/** It cannot be, of which has been told. */
const FAILED = 2;
/** The same, and what is around it may not stay either. */
const BROKEN = 3;
type Outcome = typeof WRITTEN | typeof ABSENT | typeof FAILED | typeof BROKEN;
/** A promise where others had a turn on the way. */
type Later = Outcome | Promise<Outcome>;

/** `path` is where the value stands; it is only valid during the call. */
type Place = Answer & { path: (string | number)[] };
type Complete = (value: unknown, place: Place) => Later;

/** Reads an operation once; the shape serves every request with the same values for `@skip` and `@include`. */
export function readShape(root: GraphQLObjectType, selectionSet: SelectionSetNode, context: OperationContext): Shape {
  const complete = objectOf(root, [selectionSet], context);
  return async (data, answer) => (await complete(data, { ...answer, path: [] })) === WRITTEN;
}

function then(outcome: Later, next: (outcome: Outcome) => Later): Later {
  return typeof outcome === 'number' ? next(outcome) : outcome.then(next);
}

/** One after the other; `BROKEN` as soon as one is that. */
function inTurn(count: number, one: (at: number) => Later, from = 0): Later {
  for (let at = from; at < count; at++) {
    const outcome = one(at);
    if (typeof outcome !== 'number')
      return outcome.then((late) => (late === BROKEN ? BROKEN : inTurn(count, one, at + 1)));
    if (outcome === BROKEN) return BROKEN;
  }
  return WRITTEN;
}

/** Completes what stands under a key or an index; null is written where nothing else may be. */
function completeAt(key: string | number, complete: Complete, value: unknown, place: Place): Later {
  place.path.push(key);
  return then(complete(value, place), (outcome) => {
    place.path.pop();
    if (outcome === ABSENT || outcome === FAILED) place.writer.text += 'null';
    return outcome;
  });
}

function completeType(type: GraphQLOutputType, selectionSets: SelectionSetNode[], context: OperationContext): Complete {
  if (isNonNullType(type)) {
    const complete = completeType(type.ofType, selectionSets, context);
    return (value, place) =>
      then(complete(value, place), (outcome) => {
        if (outcome === ABSENT) place.missing(place.path);
        return outcome === WRITTEN ? WRITTEN : BROKEN;
      });
  }
  if (isListType(type)) return listOf(completeType(type.ofType, selectionSets, context));
  if (isLeafType(type)) return leafOf(type);
  if (isObjectType(type)) return objectOf(type, selectionSets, context);
  return oneOf(type, selectionSets, context);
}

function listOf(complete: Complete): Complete {
  return (value, place) => {
    if (value === null || value === undefined) return ABSENT;
    if (!Array.isArray(value)) return failed(place);
    const { writer } = place;
    const start = markOf(writer);
    let broken = false;
    const element = (at: number): Later => {
      writer.text += at === 0 ? '[' : ',';
      return then(completeAt(at, complete, value[at], place), (outcome) => {
        // Those after it are still looked at: each tells what it misses.
        if (outcome === BROKEN) broken = true;
        flush(writer);
        return WRITTEN;
      });
    };
    const all = inTurn(value.length, (at) => {
      const turn = place.breathe();
      return turn === undefined ? element(at) : turn.then(() => element(at));
    });
    return then(all, () => {
      if (broken) {
        takeBack(writer, start);
        return FAILED;
      }
      writer.text += value.length === 0 ? '[]' : ']';
      return WRITTEN;
    });
  };
}

/** Values that no client may see (an enum's hidden one) or that are of another kind count as missing. */
function leafOf(type: GraphQLOutputType): Complete {
  const fits = leafCheck(type);
  return (value, place) => {
    if (value === null || value === undefined) return ABSENT;
    if (!fits(value)) return failed(place);
    place.writer.text += jsonOf(value);
    return WRITTEN;
  };
}

/**
 * An interface or a union: what is asked for depends on what the object turns out to be. Where no subgraph could tell,
 * what all of them have is still worth having.
 */
function oneOf(type: GraphQLAbstractType, selectionSets: SelectionSetNode[], context: OperationContext): Complete {
  const shapes = new Map<string, Complete>();
  return (value, place) => {
    if (value === null || value === undefined) return ABSENT;
    const named = isData(value) ? own(value, '__typename') : undefined;
    const typename = typeof named === 'string' ? named : type.name;
    let complete = shapes.get(typename);
    if (complete === undefined) {
      const actual = context.schema.getType(typename);
      if (!isCompositeType(actual)) return failed(place);
      complete = objectOf(actual, selectionSets, context);
      shapes.set(typename, complete);
    }
    return complete(value, place);
  };
}

type FieldShape = {
  name: string;
  /** Its name and what stands around it in JSON, the first field's apart. */
  before: string;
  /** Whether plain objects have something by that name, which is not theirs. */
  inherited: boolean;
  /** Of a scalar or an enum, which most are: what it may be. Anything else is completed. */
  fits: ((value: unknown) => boolean) | null;
  complete: Complete;
};

function objectOf(type: GraphQLCompositeType, selectionSets: SelectionSetNode[], context: OperationContext): Complete {
  let known: FieldShape[] | GraphQLError | null = null;
  return (value, place) => {
    if (value === null || value === undefined) return ABSENT;
    if (!isData(value)) return failed(place);
    // Not before it is needed: a type that refers to itself has no end.
    known ??= readFields(type, selectionSets, context);
    if (known instanceof GraphQLError) return failed(place, known);
    const fields = known;
    const { writer } = place;
    const start = markOf(writer);
    const all = inTurn(fields.length, (at) => {
      const { name, before, inherited, fits, complete } = fields[at] as FieldShape;
      const given = inherited ? own(value, name) : value[name];
      writer.text += at === 0 ? `{${before}` : `,${before}`;
      if (!fits?.(given)) return completeAt(name, complete, given, place);
      writer.text += jsonOf(given);
      return WRITTEN;
    });
    return then(all, (outcome) => {
      if (outcome === BROKEN) {
        takeBack(writer, start);
        return FAILED;
      }
      writer.text += fields.length === 0 ? '{}' : '}';
      return WRITTEN;
    });
  };
}

function failed({ path, missing }: Place, wrong?: GraphQLError): typeof FAILED {
  missing(path, wrong);
  return FAILED;
}

/** What is wrong, when it is not known which fields are asked for: a condition is null. */
function readFields(
  type: GraphQLCompositeType,
  selectionSets: SelectionSetNode[],
  context: OperationContext,
): FieldShape[] | GraphQLError {
  const nodes = collectAll(type, selectionSets, context);
  if (nodes instanceof GraphQLError) return nodes;
  return [...nodes].map(([name, fieldNodes]) => ({
    name,
    before: `${JSON.stringify(name)}:`,
    inherited: name in {},
    ...readField(type, fieldNodes, context),
  }));
}

function readField(
  type: GraphQLCompositeType,
  nodes: FieldNode[],
  context: OperationContext,
): Pick<FieldShape, 'fits' | 'complete'> {
  const node = nodes[0] as FieldNode;
  const name = node.name.value;
  if (name === '__typename') return { fits: null, complete: isObjectType(type) ? constant(type.name) : unknownType };
  if (name === '__type') return { fits: null, complete: asItIs };
  if (name === '__schema')
    return {
      fits: null,
      complete: (value, place) => (asItIs(value, place) === WRITTEN ? WRITTEN : unknownType(value, place)),
    };
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

function unknownType(_value: unknown, { path, missing }: Place): typeof BROKEN {
  missing(path);
  return BROKEN;
}

function constant(value: string): Complete {
  const text = jsonOf(value);
  return (_value, { writer }) => {
    writer.text += text;
    return WRITTEN;
  };
}

/** What the schema answered of itself has its form already. */
function asItIs(value: unknown, { writer }: Place): typeof WRITTEN | typeof ABSENT {
  if (value === null || value === undefined) return ABSENT;
  writer.text += jsonOf(value);
  return WRITTEN;
}

const brokenBy =
  (wrong: GraphQLError, nonNull: boolean): Complete =>
  (_value, { path, missing }) => {
    missing(path, wrong);
    return nonNull ? BROKEN : FAILED;
  };
