import {
  type DocumentNode,
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
  typeFromAST,
  visit,
} from 'graphql';

/** A type as a value is completed by it, its `!` taken off. */
export type Shape = { nonNull: boolean } & (
  | { kind: 'LEAF'; type: GraphQLLeafType }
  | { kind: 'LIST'; item: Shape }
  | { kind: 'OBJECT'; type: GraphQLObjectType }
  | { kind: 'ABSTRACT'; type: GraphQLAbstractType }
);

/** One field of a selection, all nodes that name it together. */
export type PlannedField = {
  key: string;
  name: string;
  nodes: FieldNode[];
  parentType: GraphQLObjectType;
  definition: GraphQLField<unknown, unknown>;
  /** Null for a plain field, which is read off its parent's value. */
  resolve: GraphQLFieldResolver<unknown, unknown> | null;
  shape: Shape;
  /** What is selected of the values, by their type: made when the first arrives. */
  selected: Map<GraphQLObjectType, PlannedField[]>;
};

/** What of executing an operation depends neither on variables nor on values. */
export type Plan = {
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
  root: PlannedField[];
};

/**
 * Plans an operation of a valid document. Null for what is left to graphql-js: several operations, introspection, fields under `@skip` or `@include`, and mutations of
 * several fields, which run one after the other.
 */
export function planOperation(schema: GraphQLSchema, document: DocumentNode): Plan | null {
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operation === undefined || operations.length > 1 || isConditional(document)) return null;
  const rootType = schema.getRootType(operation.operation);
  if (rootType == null || operation.operation === 'subscription') return null;

  const fragments: Plan['fragments'] = Object.create(null);
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments[one.name.value] = one;
  const root = planFields(schema, fragments, rootType, [operation.selectionSet]);
  if (root === null || (operation.operation === 'mutation' && root.length > 1)) return null;
  return { operation, fragments, root };
}

/** The fields that are selected of a value of that type, in the order of the answer. */
export function selectedFields(
  schema: GraphQLSchema,
  { fragments }: Plan,
  field: PlannedField,
  type: GraphQLObjectType,
): PlannedField[] {
  const known = field.selected.get(type);
  if (known !== undefined) return known;
  const sets = field.nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const planned = planFields(schema, fragments, type, sets);
  if (planned === null) throw new Error(`A field of ${type.name} is not known.`);
  field.selected.set(type, planned);
  return planned;
}

function isConditional(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive({ name: { value } }) {
      found ||= value === 'skip' || value === 'include';
    },
  });
  return found;
}

/** Null when the type has no such field: that is introspection's `__schema` or `__type`. */
function planFields(
  schema: GraphQLSchema,
  fragments: Plan['fragments'],
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): PlannedField[] | null {
  const nodes = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  for (const set of sets) collect(schema, fragments, type, set, nodes, visited);

  const planned: PlannedField[] = [];
  for (const [key, named] of nodes) {
    const name = (named[0] as FieldNode).name.value;
    const definition = name === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : type.getFields()[name];
    if (definition === undefined) return null;
    const { resolve } = definition;
    planned.push({
      key,
      name,
      nodes: named,
      parentType: type,
      definition,
      resolve: resolve === undefined || resolve === defaultFieldResolver ? null : resolve,
      shape: shapeOf(definition.type),
      selected: new Map(),
    });
  }
  return planned;
}

function collect(
  schema: GraphQLSchema,
  fragments: Plan['fragments'],
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
  nodes: Map<string, FieldNode[]>,
  visited: Set<string>,
): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value;
      const known = nodes.get(key);
      if (known === undefined) nodes.set(key, [selection]);
      else known.push(selection);
      continue;
    }
    let part: Pick<FragmentDefinitionNode, 'selectionSet'> & Partial<Pick<FragmentDefinitionNode, 'typeCondition'>>;
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const { value } = selection.name;
      const fragment = fragments[value];
      if (visited.has(value) || fragment === undefined) continue;
      visited.add(value);
      part = fragment;
    } else part = selection;
    const wanted = part.typeCondition && typeFromAST(schema, part.typeCondition);
    if (wanted === undefined || wanted === type || (isAbstractType(wanted) && schema.isSubType(wanted, type)))
      collect(schema, fragments, type, part.selectionSet, nodes, visited);
  }
}

function shapeOf(type: GraphQLOutputType): Shape {
  const nonNull = isNonNullType(type);
  const bare = nonNull ? type.ofType : type;
  if (isListType(bare)) return { kind: 'LIST', nonNull, item: shapeOf(bare.ofType) };
  if (isLeafType(bare)) return { kind: 'LEAF', nonNull, type: bare };
  if (isObjectType(bare)) return { kind: 'OBJECT', nonNull, type: bare };
  return { kind: 'ABSTRACT', nonNull, type: bare };
}
