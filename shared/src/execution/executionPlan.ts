import {
  type DocumentNode,
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLFieldResolver,
  GraphQLIncludeDirective,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
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

/**
 * What of executing an operation depends neither on values nor on variables, but for those that decide what is
 * skipped.
 */
export type Plan = {
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
  decided: Decided;
  root: PlannedField[];
};

/** The variables that `@skip` and `@include` look at. */
export type Decided = Readonly<Record<string, boolean>>;
type Reading = Pick<Plan, 'fragments' | 'decided'>;

/** The operation of a document that has one; null for several. */
export function onlyOperation({ definitions }: DocumentNode): OperationDefinitionNode | null {
  const operations = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  return operations.length === 1 ? (operations[0] as OperationDefinitionNode) : null;
}

/** Plans an operation of a valid document. Null for what is left to graphql-js: introspection. */
function planOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  decided: Decided,
): Plan | null {
  const rootType = schema.getRootType(operation.operation);
  if (rootType == null || operation.operation === 'subscription') return null;

  const fragments: Plan['fragments'] = Object.create(null);
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments[one.name.value] = one;
  const root = planFields(schema, { fragments, decided }, rootType, [operation.selectionSet]);
  return root === null ? null : { operation, fragments, decided, root };
}

/** The fields that are selected of a value of that type, in the order of the answer. */
export function selectedFields(
  schema: GraphQLSchema,
  plan: Plan,
  field: PlannedField,
  type: GraphQLObjectType,
): PlannedField[] {
  const known = field.selected.get(type);
  if (known !== undefined) return known;
  const sets = field.nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const planned = planFields(schema, plan, type, sets);
  if (planned === null) throw new Error(`A field of ${type.name} is not known.`);
  field.selected.set(type, planned);
  return planned;
}

/** The variables that decide what of a document is skipped. */
function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given = [] }) {
      if (name.value !== 'skip' && name.value !== 'include') return;
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

/** Null when the type has no such field: that is introspection's `__schema` or `__type`. */
function planFields(
  schema: GraphQLSchema,
  reading: Reading,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): PlannedField[] | null {
  const nodes = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  for (const set of sets) collect(schema, reading, type, set, nodes, visited);

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
  reading: Reading,
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
  nodes: Map<string, FieldNode[]>,
  visited: Set<string>,
): void {
  for (const selection of selections) {
    if (!isIncluded(selection, reading)) continue;
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
      const fragment = reading.fragments[value];
      if (visited.has(value) || fragment === undefined) continue;
      visited.add(value);
      part = fragment;
    } else part = selection;
    const wanted = part.typeCondition && typeFromAST(schema, part.typeCondition);
    if (wanted === undefined || wanted === type || (isAbstractType(wanted) && schema.isSubType(wanted, type)))
      collect(schema, reading, type, part.selectionSet, nodes, visited);
  }
}

function isIncluded(selection: SelectionNode, { decided }: Reading): boolean {
  if (selection.directives === undefined || selection.directives.length === 0) return true;
  if (getDirectiveValues(GraphQLSkipDirective, selection, decided)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, decided)?.if !== false;
}

function shapeOf(type: GraphQLOutputType): Shape {
  const nonNull = isNonNullType(type);
  const bare = nonNull ? type.ofType : type;
  if (isListType(bare)) return { kind: 'LIST', nonNull, item: shapeOf(bare.ofType) };
  if (isLeafType(bare)) return { kind: 'LEAF', nonNull, type: bare };
  if (isObjectType(bare)) return { kind: 'OBJECT', nonNull, type: bare };
  return { kind: 'ABSTRACT', nonNull, type: bare };
}

/** Plans kept of one document: one for each combination of values that `@skip` and `@include` saw. */
const PLANS = 4;

/** Returns the plan for a request with these variables; null for what graphql-js is to execute. */
export function createPlans(schema: GraphQLSchema) {
  const kept = new WeakMap<DocumentNode, { conditions: string[]; plans: Map<string, Plan | null> }>();
  // A type that looks at its values to know them would have to be asked for each; none of ours does.
  const looks = Object.values(schema.getTypeMap()).some((type) => isObjectType(type) && type.isTypeOf != null);

  return (document: DocumentNode, operation: OperationDefinitionNode, variables: Record<string, unknown>) => {
    if (looks) return null;
    let known = kept.get(document);
    if (known === undefined) {
      known = { conditions: conditionsOf(document), plans: new Map() };
      kept.set(document, known);
    }
    const { conditions, plans } = known;
    // Null, or nothing, where a condition must be: graphql-js says what is wrong with it.
    if (conditions.some((name) => typeof variables[name] !== 'boolean')) return null;
    const key = conditions.map((name) => (variables[name] === true ? '1' : '0')).join('');
    let plan = plans.get(key);
    if (plan === undefined) {
      const decided = Object.fromEntries(conditions.map((name) => [name, variables[name]])) as Decided;
      plan = planOperation(schema, document, operation, decided);
      if (plans.size < PLANS) plans.set(key, plan);
    }
    return plan;
  };
}
