import { hash } from 'node:crypto';
import type { Log } from '@comptoir/shared/process/log.ts';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLNamedType,
  isSpecifiedScalarType,
  isTypeDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  visit,
} from 'graphql';
import { isIntrospection } from './introspection.ts';
import { type Fragments, fragmentsOf, type Opened, type OpenField, open } from './opened.ts';

/**
 * How much one request may ask. What an operation asks for is counted in one form of it (`opened.ts`), whatever its
 * spelling: fragments opened, conditions true, aliases apart, and
 * what is one field in the answer counted once. It is counted before anything is validated or planned: both take time
 * that grows faster than the document (GUARD facts 4 and 5).
 */
export const LIMITS = {
  /** A thousand events with their form data, in one mutation's variables. */
  bodyBytes: 1024 * 1024,
  jsonDepth: 32,
  /**
   * Elements and properties: a thousand events with thirty fields each. Each is looked at half a dozen times on its
   * way.
   */
  jsonValues: 32_000,
  queryCharacters: 50_000,
  tokens: 2_000,
  selections: 1_000,
  /**
   * As it is written, each spread of a fragment with all that it spreads: what validation goes through. Of an
   * operation; all operations and fragments of a document have six times as many.
   */
  written: 4_000,
  /**
   * Of the answer, if every list were as long as its `first` allows: a page of a hundred with a hundred each, forty
   * fields of all of them.
   */
  answerValues: 500_000,
  /** Objects in its lists, each of them a row or more of the database: five times such a page. */
  answerRows: 50_000,
  depth: 12,
  /** `__schema` and `__type` nest deep by nature: GraphiQL's own query is fifteen levels. */
  introspectionDepth: 20,
  /** Each is answered for every type of the graph; GraphiQL's own query makes 240 of them. */
  introspectionSelections: 400,
  /** An alias is one more; the same field once more is not: it runs once. */
  rootFields: 20,
  /** Of those, the ones at which passwords, codes and addresses are tried. */
  logInFields: 5,
  directives: 50,
  /**
   * One name again and again in one place: validation compares each with each. Pairs; a name that stands there a
   * hundred times has as many. Of an operation, and as they stand there of all fragments together; spread, six times as
   * many.
   */
  repeats: 5_000,
  /**
   * Names of types that we do not have: for each, validation looks through all that we do have for one that the caller
   * may have meant.
   */
  unknownTypes: 5,
} as const;

/**
 * Bytes of an answer, if nothing else is said: half a million values of a few letters each. Counted while it is made.
 */
export const MAX_ANSWER_BYTES = 10_000_000;

/** What of a graph the limits depend on. */
export type Graph = {
  /** The names of its types. */
  types: ReadonlySet<string>;
  /** Its mutations that are `@logIn`. */
  logInFields: ReadonlySet<string>;
};

/** Reads a supergraph, or any schema in SDL. */
export function readGraph(sdl: string): Graph {
  const types = new Set<string>();
  const logInFields = new Set<string>();
  for (const definition of parse(sdl, { noLocation: true }).definitions) {
    if (!isTypeDefinitionNode(definition)) continue;
    types.add(definition.name.value);
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const { name, directives = [] } of definition.fields ?? [])
      if (directives.some((directive) => directive.name.value === 'logIn')) logInFields.add(name.value);
  }
  return { types, logInFields };
}

/**
 * As `readGraph`, of a graph that is to be served. Operators are told when log-ins are not marked, for then none is
 * counted.
 */
export function readServedGraph(supergraph: string, log: Pick<Log, 'error'>): Graph {
  const graph = readGraph(supergraph);
  if (graph.logInFields.size === 0) log.error('no mutation of the graph is @logIn: log-ins are not counted');
  return graph;
}

/** Texts that were found within the limits of a graph, so that a repeated operation is not counted again. */
const NO_GRAPH: Graph = { types: new Set(), logInFields: new Set() };
const acceptedBy = new WeakMap<Graph, Set<string>>();
const MAX_ACCEPTED = 2_000;

/**
 * Null when the document keeps within the limits, else an error that says which one it breaks. Takes milliseconds
 * whatever it is given. A document that does not parse is let through: the parser's own error is better than ours.
 * Without a graph, types and log-ins are not counted.
 */
export function checkLimits(query: string, graph: Graph | null = null): GraphQLError | null {
  if (query.length > LIMITS.queryCharacters) return tooLarge(`more than ${LIMITS.queryCharacters} characters`);
  const accepted = acceptedBy.get(graph ?? NO_GRAPH) ?? new Set<string>();
  acceptedBy.set(graph ?? NO_GRAPH, accepted);
  const key = hash('sha256', query);
  if (accepted.has(key)) return null;

  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: LIMITS.tokens, noLocation: true });
  } catch (error) {
    return /tokens/.test((error as Error).message) ? tooLarge(`more than ${LIMITS.tokens} tokens`) : null;
  }
  const breach =
    findBreach(document, graph?.logInFields ?? NONE) ??
    (graph === null ? null : findUnknownTypes(document, graph.types));
  if (breach !== null) return tooLarge(breach);

  if (accepted.size >= MAX_ACCEPTED) accepted.clear();
  accepted.add(key);
  return null;
}

/**
 * What all definitions of a document may have together, in times of what one may. More than once, for an operation that
 * is written in fragments within fragments counts as often as they are deep; and not for ever, for validation goes
 * through each of them.
 */
const OF_DOCUMENT = 6;
const NO_FRAGMENTS: Fragments = new Map();
const NONE: ReadonlySet<string> = new Set();

function findBreach(document: DocumentNode, logIns: ReadonlySet<string>): string | null {
  const fragments = fragmentsOf(document);
  const left = { written: OF_DOCUMENT * LIMITS.written, repeats: OF_DOCUMENT * LIMITS.repeats };
  let ownRepeats: number = LIMITS.repeats;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const most = {
      written: Math.min(LIMITS.written, left.written),
      repeats: Math.min(LIMITS.repeats, left.repeats),
    };
    const opened = open(definition, fragments, most);
    if (opened === null) return `more than ${LIMITS.written} selections, each spread of a fragment counted`;
    left.written -= opened.written;
    left.repeats -= opened.repeats;
    ownRepeats -= open(definition, NO_FRAGMENTS)?.repeats ?? 0;
    if (opened.repeats > most.repeats || ownRepeats < 0) return 'a field repeated too often in one place';
    const breach = breachOf(opened, definition, logIns);
    if (breach !== null) return breach;
  }
  return null;
}

function breachOf(
  opened: Opened,
  definition: OperationDefinitionNode | FragmentDefinitionNode,
  logIns: ReadonlySet<string>,
): string | null {
  const { directives, fields } = opened;
  if (directives + directivesAround(definition) > LIMITS.directives)
    return `more than ${LIMITS.directives} directives, fragments expanded`;
  // How deep a fragment is, and what is a root field in it, depends on where it is spread.
  if (definition.kind === Kind.FRAGMENT_DEFINITION) return null;
  const size = sizeOf(fields);
  if (size.selections > LIMITS.selections) return `more than ${LIMITS.selections} selections, fragments expanded`;
  if (size.depth > LIMITS.depth) return `deeper than ${LIMITS.depth} levels`;
  if (size.introspectionDepth > LIMITS.introspectionDepth)
    return `introspection deeper than ${LIMITS.introspectionDepth} levels`;
  if (size.introspectionSelections > LIMITS.introspectionSelections)
    return `more than ${LIMITS.introspectionSelections} introspection selections`;
  if (fields.length > LIMITS.rootFields) return `more than ${LIMITS.rootFields} root fields, aliases counted`;
  if (fields.filter(({ name }) => logIns.has(name)).length > LIMITS.logInFields)
    return `more than ${LIMITS.logInFields} log-ins, sign-ups and the like, aliases counted`;
  return null;
}

/** Those on an operation and its variables, or on a fragment's definition. */
const directivesAround = ({ directives, variableDefinitions = [] }: OperationDefinitionNode | FragmentDefinitionNode) =>
  (directives?.length ?? 0) + variableDefinitions.reduce((sum, each) => sum + (each.directives?.length ?? 0), 0);

type Size = { selections: number; depth: number; introspectionSelections: number; introspectionDepth: number };

function sizeOf(fields: readonly OpenField[]): Size {
  const size: Size = { selections: 0, depth: 0, introspectionSelections: 0, introspectionDepth: 0 };
  for (const { name, fields: below } of fields) {
    const inner = sizeOf(below);
    const introspects = isIntrospection(name);
    const depth = 1 + inner.depth;
    size.selections += 1 + inner.selections;
    size.depth = Math.max(size.depth, introspects ? 0 : depth);
    size.introspectionDepth = Math.max(size.introspectionDepth, introspects ? depth : inner.introspectionDepth);
    size.introspectionSelections += introspects ? 1 + inner.selections : inner.introspectionSelections;
  }
  return size;
}

function findUnknownTypes(document: DocumentNode, types: ReadonlySet<string>): string | null {
  const unknown = new Set<string>();
  visit(document, {
    NamedType({ name: { value } }) {
      if (!types.has(value) && !isSpecifiedScalarType({ name: value } as GraphQLNamedType)) unknown.add(value);
    },
  });
  return unknown.size > LIMITS.unknownTypes ? `more than ${LIMITS.unknownTypes} types that do not exist` : null;
}

/**
 * What is wrong with the size of a JSON text, in words, or null. Arrays and objects that nest deeper than any of our
 * inputs overflow the stack of the one who walks them.
 */
export function findJsonBreach(json: string): string | null {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json.charCodeAt(at);
    if (character === 0x22) at = endOfString(json, at);
    else if (character === 0x7b || character === 0x5b) {
      if (++depth > LIMITS.jsonDepth) return `nests deeper than ${LIMITS.jsonDepth} levels`;
    } else if (character === 0x7d || character === 0x5d) depth--;
    else if (character === 0x2c && ++values >= LIMITS.jsonValues) return `holds more than ${LIMITS.jsonValues} values`;
  }
  return null;
}

function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return json.length;
}

const tooLarge = (what: string): GraphQLError =>
  new GraphQLError(`The operation asks too much at once: ${what}.`, { extensions: { code: 'OPERATION_TOO_LARGE' } });
