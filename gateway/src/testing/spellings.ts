import {
  type FieldNode,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

type Selections = readonly SelectionNode[];

/**
 * Says some selections of a type in other words, without meaning anything else. `define` makes a fragment of them and
 * gives its name.
 */
export type Spelling = (selections: Selections, type: string, define: Define) => string;
type Define = (type: string, selections: string) => string;

/** What conditions look at: the first two are given by the request, the others by the operation. */
const CONDITIONS = '$yes: Boolean!, $no: Boolean!, $unsaid: Boolean = true, $unsaidNo: Boolean! = false';
export const GIVEN = { yes: true, no: false };

const text = (selections: Selections): string => selections.map((each) => print(each)).join(' ');
const inline =
  (around: string): Spelling =>
  (selections, type) =>
    `... ${around.replace('TYPE', type)} { ${text(selections)} }`;

/** The first field that fits said in other words, the others as they are. */
function withFirst(selections: Selections, fits: (field: FieldNode) => boolean, say: (field: FieldNode) => string) {
  const at = selections.findIndex((each) => each.kind === Kind.FIELD && fits(each));
  return selections.map((each, index) => (index === at ? say(each as FieldNode) : print(each))).join(' ');
}

/** Spellings of which two together may count as two directives, or as a repetition. */
export const CONDITIONAL: Readonly<Record<string, Spelling>> = {
  '@include(if: true)': inline('@include(if: true)'),
  '@include(if: $variable)': inline('on TYPE @include(if: $yes)'),
  '@include(if: $variable) with a default': inline('@include(if: $unsaid)'),
  '@skip(if: false)': inline('on TYPE @skip(if: false)'),
  '@skip(if: $variable)': inline('@skip(if: $no)'),
  '@skip and @include': inline('@skip(if: $unsaidNo) @include(if: $yes)'),
  'a condition on a spread': (selections, type, define) => `...${define(type, text(selections))} @include(if: $yes)`,
  'a condition on a field': (selections) =>
    withFirst(
      selections,
      ({ directives }) => directives?.length === 0,
      (field) =>
        print({ ...field, selectionSet: undefined }) +
        ' @skip(if: $no) ' +
        (field.selectionSet ? print(field.selectionSet) : ''),
    ),
};

export const REPEATING: Readonly<Record<string, Spelling>> = {
  'a field in two halves': (selections) =>
    withFirst(
      selections,
      ({ selectionSet }) => selectionSet !== undefined,
      (field) => {
        const { selections: inner } = field.selectionSet as SelectionSetNode;
        const half = Math.ceil(inner.length / 2);
        const part = (some: Selections): string =>
          print({ ...field, selectionSet: { kind: Kind.SELECTION_SET, selections: some } });
        return `${part(inner.slice(0, half))} ... { ${part(inner.slice(half).concat(inner.slice(0, 1)))} }`;
      },
    ),
  'a field twice': (selections, type, define) => {
    const [first] = selections.filter(({ kind }) => kind === Kind.FIELD);
    return `${text(selections)} ${first === undefined ? '' : `...${define(type, print(first))}`}`;
  },
};

export const PLAIN: Readonly<Record<string, Spelling>> = {
  'an inline fragment': inline(''),
  'an inline fragment on the type': inline('on TYPE'),
  'inline fragments within each other': (selections, type) => `... { ... on ${type} { ... { ${text(selections)} } } }`,
  'a named fragment': (selections, type, define) => `...${define(type, text(selections))}`,
  'a named fragment within another': (selections, type, define) =>
    `...${define(type, `...${define(type, text(selections))}`)}`,
  'a chain of fragments': (selections, type, define) => {
    let last = text(selections);
    for (let link = 0; link < 5; link += 1) last = `... on ${type} { ...${define(type, last)} }`;
    return last;
  },
  'one half in a fragment': (selections, type, define) => {
    const half = Math.ceil(selections.length / 2);
    const rest = selections.slice(half);
    return text(selections.slice(0, half)) + (rest.length === 0 ? '' : ` ...${define(type, text(rest))}`);
  },
  'another alias': (selections) =>
    withFirst(
      selections,
      ({ alias, name }) => alias !== undefined && name.value !== 'id',
      (field) => print({ ...field, alias: { kind: Kind.NAME, value: `${field.alias?.value}_again` } }),
    ),
};

/**
 * Writes an operation otherwise: at each selection set, the outermost first, `choose` may give a spelling. What the
 * operation's own fragments hold stays as it is.
 */
export function respell(query: string, schema: GraphQLSchema, choose: (depth: number) => Spelling | null): string {
  const fragments: string[] = [];
  const define: Define = (type, selections) => {
    fragments.push(`fragment Spelt${fragments.length} on ${type} { ${selections} }`);
    return `Spelt${fragments.length - 1}`;
  };

  function set({ selections }: SelectionSetNode, typeName: string, depth: number): SelectionSetNode {
    const type = schema.getType(typeName);
    const below = selections.map((selection): SelectionNode => {
      if (selection.kind !== Kind.FIELD || selection.selectionSet === undefined) return selection;
      const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
      const name = field === undefined ? null : getNamedType(field.type).name;
      return name === null ? selection : { ...selection, selectionSet: set(selection.selectionSet, name, depth + 1) };
    });
    const spelling = choose(depth);
    const said = spelling === null ? text(below) : spelling(below, typeName, define);
    const [parsed] = parse(`{ ${said} }`, { noLocation: true }).definitions;
    return (
      (parsed as { selectionSet: SelectionSetNode } | undefined)?.selectionSet ?? {
        kind: Kind.SELECTION_SET,
        selections,
      }
    );
  }

  const document = parse(query, { noLocation: true });
  const definitions = document.definitions.map((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return print(definition);
    const root = schema.getRootType(definition.operation)?.name as string;
    return print({ ...definition, selectionSet: set(definition.selectionSet, root, 0) });
  });
  const said = [...definitions, ...fragments].join('\n');
  const used = [...CONDITIONS.matchAll(/(\$\w+): [^,]+/g)].flatMap(([whole, name]) =>
    new RegExp(`\\${name}\\b`).test(said) ? [whole] : [],
  );
  return used.length === 0 ? said : withVariables(said, used.join(', '));
}

/** Adds variables to the first operation of a document that is printed. */
function withVariables(printed: string, added: string): string {
  const parts = /^(query|mutation)?\s*(\w+)?\s*(?:\(([^{]*?)\))?\s*(\{[\s\S]*)$/.exec(printed);
  if (parts === null) throw new Error('The operation does not come first.');
  const [, operation, name, head, rest] = parts;
  return `${operation ?? 'query'} ${name ?? ''}(${[head, added].filter(Boolean).join(', ')}) ${rest}`;
}
