import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isUnionType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** What an operation is read with. */
export type OperationContext = {
  schema: GraphQLSchema;
  fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Those that `@skip` and `@include` look at. */
  variables: Readonly<Record<string, boolean | null>>;
  /** Null where some are null that may not be: all variables then, to say what is wrong with which field. */
  wrong: Readonly<Record<string, unknown>> | null;
};

/** What graphql-js says of a field's arguments; all that can be wrong with them by now is a null. */
export function wrongArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  { wrong }: OperationContext,
): GraphQLError | null {
  if (wrong === null || node.arguments === undefined || node.arguments.length === 0) return null;
  try {
    getArgumentValues(field, node, wrong);
    return null;
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

/**
 * The fields that are asked for of an object of that type, by their name in the answer, fragments opened; or why that
 * cannot be told.
 */
export function collectAll(
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
  context: OperationContext,
): Map<string, FieldNode[]> | GraphQLError {
  const nodes = new Map<string, FieldNode[]>();
  try {
    for (const selectionSet of selectionSets) collect(type, selectionSet, context, nodes);
    return nodes;
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

/**
 * What is wrong with the operation before any of it runs, by nulls in its variables: its root cannot be read, or a
 * mutation would take effect and have no answer. What is wrong further down is told at its place, beside the rest of
 * the answer.
 */
export function wrongFromTheRoot(
  root: GraphQLObjectType,
  { operation, selectionSet }: OperationDefinitionNode,
  context: OperationContext,
): GraphQLError[] {
  const fields = collectAll(root, [selectionSet], context);
  if (fields instanceof GraphQLError) return [badInputAt(fields)];
  if (operation !== 'mutation') return [];
  return [...fields].flatMap(([key, nodes]) => {
    const node = nodes[0] as FieldNode;
    const field = root.getFields()[node.name.value];
    if (field === undefined) return [];
    const wrong = wrongArguments(field, node, context);
    // It is not run itself. Where it may be null, the ones beside it run and answer.
    if (wrong !== null) return isNonNullType(field.type) ? [badInputAt(wrong, [key])] : [];
    return takenAlong(field.type, nodes, context, [key]) ?? [];
  });
}

/** Why a field that ran would be null all the same: by a null in what is asked of it, here or below what must be. */
function takenAlong(
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
  context: OperationContext,
  path: readonly string[],
): GraphQLError | null {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return null;
  const selectionSets = nodes.flatMap((one) => one.selectionSet ?? []);
  // What it will be is not known yet, so it must go well whatever it is.
  for (const possible of isAbstractType(named) ? context.schema.getPossibleTypes(named) : [named]) {
    const fields = collectAll(possible, selectionSets, context);
    if (fields instanceof GraphQLError) return badInputAt(fields, path);
    for (const [key, below] of fields) {
      const node = below[0] as FieldNode;
      const field = possible.getFields()[node.name.value];
      if (field === undefined || !isNonNullType(field.type)) continue;
      const at = [...path, key];
      const wrong = wrongArguments(field, node, context);
      if (wrong !== null) return badInputAt(wrong, at);
      const lost = isNeverNull(field.type) ? takenAlong(field.type, below, context, at) : null;
      if (lost !== null) return lost;
    }
  }
  return null;
}

/** Nor is any item of it. */
const isNeverNull = (type: GraphQLOutputType): boolean =>
  isNonNullType(type) && (!isListType(type.ofType) || isNeverNull(type.ofType.ofType));

/** graphql-js's own complaint as the caller's error, with its place in the document. */
export const badInputAt = ({ message, nodes }: GraphQLError, path?: readonly (string | number)[]): GraphQLError =>
  new GraphQLError(message, { nodes, path, extensions: { code: 'BAD_USER_INPUT' } });

function collect(
  type: GraphQLCompositeType,
  selectionSet: SelectionSetNode,
  context: OperationContext,
  nodes: Map<string, FieldNode[]>,
): void {
  for (const selection of selectionSet.selections) {
    if (!isIncluded(selection, context)) continue;
    if (selection.kind === Kind.FIELD) {
      const name = (selection.alias ?? selection.name).value;
      const same = nodes.get(name);
      if (same === undefined) nodes.set(name, [selection]);
      else same.push(selection);
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : context.fragments[selection.name.value];
    if (fragment !== undefined && applies(fragment.typeCondition, type, context.schema))
      collect(type, fragment.selectionSet, context, nodes);
  }
}

function applies(condition: NamedTypeNode | undefined, type: GraphQLCompositeType, schema: GraphQLSchema): boolean {
  if (condition === undefined || condition.name.value === type.name) return true;
  const wanted = schema.getType(condition.name.value);
  return isAbstractType(wanted) && !isUnionType(type) && schema.isSubType(wanted, type);
}

function isIncluded(
  selection: { readonly directives?: readonly DirectiveNode[] },
  { variables }: OperationContext,
): boolean {
  if (selection.directives === undefined || selection.directives.length === 0) return true;
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false;
}
