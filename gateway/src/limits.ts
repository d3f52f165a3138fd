import { hash } from 'node:crypto';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLNamedType,
  isSpecifiedScalarType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  visit,
} from 'graphql';

/**
 * How much one request may ask. Everything is counted *after* expanding fragments, and before anything is validated or planned:
 * both take time that grows faster than the document (GUARD facts 4 and 5).
 */
export const LIMITS = {
  /** A thousand events with their form data, in one mutation's variables. */
  bodyBytes: 1024 * 1024,
  jsonDepth: 32,
  /** Elements and properties: a thousand events with thirty fields each. Each is looked at half a dozen times on its way. */
  jsonValues: 32_000,
  queryCharacters: 50_000,
  tokens: 2_000,
  selections: 1_000,
  /** Of the answer, if every list were as long as its `first` allows: a page of a hundred with a hundred each, forty fields of all of them. */
  answerValues: 500_000,
  depth: 12,
  /** `__schema` and `__type` nest deep by nature: GraphiQL's own query is fifteen levels. */
  introspectionDepth: 20,
  /** Each is answered for every type of the graph; GraphiQL's own query makes 240 of them. */
  introspectionSelections: 400,
  /** Instances: an alias is one more. */
  rootFields: 20,
  /** Of those, the ones at which passwords, codes and addresses are tried. */
  logInFields: 5,
  directives: 50,
  /** One name again and again in one selection set: validation compares each with each. */
  repeats: 100,
  /** Names of types that we do not have: for each, validation looks through all that we do have for one that the caller may have meant. */
  unknownTypes: 5,
} as const;

/** Where somebody can try what they should know, or find out whom we know. */
export const LOG_IN_FIELDS: ReadonlySet<string> = new Set([
  'sessionCreate',
  'sessionTotp',
  'sessionRefresh',
  'signUp',
  'signUpComplete',
  'passwordResetRequest',
  'passwordReset',
  'passwordResetSend',
  'passwordChange',
  'totpEnroll',
  'totpConfirm',
  'totpDisable',
  'emailChange',
  'emailChangeConfirm',
  'invitationAccept',
  'invitationRefuse',
]);

/** What an operation asks for; sums over the expanded selections, infinite where fragments explode. */
type Size = {
  selections: number;
  directives: number;
  rootFields: number;
  logInFields: number;
  depth: number;
  introspectionSelections: number;
  introspectionDepth: number;
};

/** The names of the types of a schema in SDL. */
export const typeNamesIn = (sdl: string): ReadonlySet<string> =>
  new Set([...sdl.matchAll(/^(?:type|interface|union|enum|input|scalar) (\w+)/gm)].map(([, name]) => name as string));

/** Texts that were found within the limits, so that a repeated operation is not counted again. */
const accepted = new Set<string>();
const ACCEPTED_MAX = 2_000;

/**
 * Null when the document keeps within the limits, else an error that says which one it breaks. Takes milliseconds whatever it is given.
 * A document that does not parse is let through: the parser's own error is better than ours. `types` are those of the graph.
 */
export function checkLimits(query: string, types: ReadonlySet<string> | null = null): GraphQLError | null {
  if (query.length > LIMITS.queryCharacters) return tooLarge(`more than ${LIMITS.queryCharacters} characters`);
  const key = hash('sha256', query);
  if (accepted.has(key)) return null;

  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: LIMITS.tokens, noLocation: true });
  } catch (error) {
    return /tokens/.test((error as Error).message) ? tooLarge(`more than ${LIMITS.tokens} tokens`) : null;
  }
  const breach = findBreach(document) ?? (types === null ? null : findUnknownTypes(document, types));
  if (breach !== null) return tooLarge(breach);

  if (accepted.size >= ACCEPTED_MAX) accepted.clear();
  accepted.add(key);
  return null;
}

function findBreach(document: DocumentNode): string | null {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, Size>();
  let repeats = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const size = sizeOf(definition, fragments, measured);
    repeats += countRepeats(definition.selectionSet.selections);
    if (repeats > LIMITS.repeats) return `a field repeated more than ${LIMITS.repeats} times in one place`;
    if (size.selections > LIMITS.selections) return `more than ${LIMITS.selections} selections, fragments expanded`;
    if (size.directives > LIMITS.directives) return `more than ${LIMITS.directives} directives, fragments expanded`;
    // How deep a fragment is, and what is a root field in it, depends on where it is spread.
    if (definition.kind === Kind.FRAGMENT_DEFINITION) continue;
    if (size.depth > LIMITS.depth) return `deeper than ${LIMITS.depth} levels`;
    if (size.introspectionDepth > LIMITS.introspectionDepth)
      return `introspection deeper than ${LIMITS.introspectionDepth} levels`;
    if (size.introspectionSelections > LIMITS.introspectionSelections)
      return `more than ${LIMITS.introspectionSelections} introspection selections`;
    if (size.rootFields > LIMITS.rootFields) return `more than ${LIMITS.rootFields} root fields, aliases counted`;
    if (size.logInFields > LIMITS.logInFields)
      return `more than ${LIMITS.logInFields} log-ins, sign-ups and the like, aliases counted`;
  }
  return null;
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

/** Measures each fragment once, so the work is linear in the document however its fragments are nested. */
function sizeOf(
  definition: OperationDefinitionNode | FragmentDefinitionNode,
  fragments: Map<string, FragmentDefinitionNode>,
  measured: Map<string, Size>,
): Size {
  const ofSelections = (selections: readonly SelectionNode[]): Size =>
    selections.map(ofSelection).reduce(beside, nothing);

  function ofSelection(selection: SelectionNode): Size {
    const own = { ...nothing, selections: 1, directives: selection.directives?.length ?? 0 };
    if (selection.kind === Kind.FRAGMENT_SPREAD) return beside(own, ofFragment(selection.name.value));
    if (selection.kind === Kind.INLINE_FRAGMENT) return beside(own, ofSelections(selection.selectionSet.selections));
    const inner = selection.selectionSet === undefined ? nothing : ofSelections(selection.selectionSet.selections);
    const depth = 1 + inner.depth;
    const introspects = selection.name.value === '__schema' || selection.name.value === '__type';
    return {
      selections: 1 + inner.selections,
      directives: own.directives + inner.directives,
      rootFields: 1,
      logInFields: LOG_IN_FIELDS.has(selection.name.value) ? 1 : 0,
      depth: introspects ? 0 : depth,
      introspectionSelections: introspects ? 1 + inner.selections : inner.introspectionSelections,
      introspectionDepth: introspects ? depth : inner.introspectionDepth,
    };
  }

  function ofFragment(name: string): Size {
    const known = measured.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    if (fragment === undefined) return nothing;
    // A cycle counts as nothing here: validation refuses it in its own words.
    measured.set(name, nothing);
    const size = ofSelections(fragment.selectionSet.selections);
    measured.set(name, size);
    return size;
  }

  const variables = definition.variableDefinitions ?? [];
  const around =
    (definition.directives?.length ?? 0) +
    variables.reduce((sum, { directives }) => sum + (directives?.length ?? 0), 0);
  return beside({ ...nothing, directives: around }, ofSelections(definition.selectionSet.selections));
}

/** How often a field's name in the answer stands again in its selection set, inline fragments included, summed over the definition. */
function countRepeats(selections: readonly SelectionNode[], names = new Set<string>()): number {
  let repeats = 0;
  for (const selection of selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      repeats += countRepeats(selection.selectionSet.selections, names);
    } else if (selection.kind === Kind.FIELD) {
      const name = (selection.alias ?? selection.name).value;
      if (names.has(name)) repeats++;
      names.add(name);
      if (selection.selectionSet !== undefined) repeats += countRepeats(selection.selectionSet.selections);
    }
  }
  return repeats;
}

const nothing: Size = {
  selections: 0,
  directives: 0,
  rootFields: 0,
  logInFields: 0,
  depth: 0,
  introspectionSelections: 0,
  introspectionDepth: 0,
};

function beside(one: Size, other: Size): Size {
  return {
    selections: one.selections + other.selections,
    directives: one.directives + other.directives,
    rootFields: one.rootFields + other.rootFields,
    logInFields: one.logInFields + other.logInFields,
    depth: Math.max(one.depth, other.depth),
    introspectionSelections: one.introspectionSelections + other.introspectionSelections,
    introspectionDepth: Math.max(one.introspectionDepth, other.introspectionDepth),
  };
}

/**
 * What is wrong with the size of a JSON text, in words, or null. Arrays and objects that nest deeper than any of our inputs overflow the stack of whoever walks
 * them.
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
