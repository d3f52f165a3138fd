import {
  type DirectiveNode,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * The variables of an operation that a request may make null though they stand where null may not be: the language
 * allows that where the variable or the place has a default. Such a null is an error of each field that has it, and is
 * known before anything is fetched.
 */
export function nullableWhereNoneMayBe(
  schema: GraphQLSchema,
  document: DocumentNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
): string[] {
  const nullable = variableDefinitions
    .filter(({ type }) => type.kind !== Kind.NON_NULL_TYPE)
    .map(({ variable }) => variable.name.value);
  if (nullable.length === 0) return [];
  const found = new Set<string>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      VariableDefinition: () => false,
      Variable({ name }) {
        if (isNonNullType(types.getInputType())) found.add(name.value);
      },
    }),
  );
  return nullable.filter((name) => found.has(name));
}

/**
 * The document without what cannot be asked for because these variables are null. It is planned in the place of the
 * other.
 */
export function withoutWhatNullsBreak(
  schema: GraphQLSchema,
  document: DocumentNode,
  nulls: ReadonlySet<string>,
): DocumentNode {
  const types = new TypeInfo(schema);
  const drop = (selection: SelectionNode): null | undefined => {
    const { directives = [] } = selection;
    if (directives.some((directive) => conditionIsNull(directive, nulls))) return null;
    if (selection.kind !== Kind.FIELD) return undefined;
    const { args = [] } = types.getFieldDef() ?? {};
    const given = selection.arguments ?? [];
    return given.some(({ name, value }) => holdsNull(value, typeOf(args, name.value), nulls)) ? null : undefined;
  };
  return visit(
    document,
    visitWithTypeInfo(types, {
      Field: { enter: drop },
      InlineFragment: { enter: drop },
      FragmentSpread: { enter: drop },
      SelectionSet: {
        leave: (node) => (node.selections.length > 0 ? undefined : { ...node, selections: [TYPENAME] }),
      },
    }),
  );
}

const TYPENAME: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

const typeOf = (args: readonly GraphQLArgument[], wanted: string): GraphQLInputType | undefined =>
  args.find(({ name }) => name === wanted)?.type;

const conditionIsNull = ({ arguments: given = [] }: DirectiveNode, nulls: ReadonlySet<string>): boolean =>
  given.some(({ value }) => value.kind === Kind.VARIABLE && nulls.has(value.name.value));

function holdsNull(value: ValueNode, type: GraphQLInputType | undefined, nulls: ReadonlySet<string>): boolean {
  if (type === undefined) return false;
  if (value.kind === Kind.VARIABLE) return isNonNullType(type) && nulls.has(value.name.value);
  const nullable = getNullableType(type);
  if (value.kind === Kind.LIST)
    return isListType(nullable) && value.values.some((item) => holdsNull(item, nullable.ofType, nulls));
  // One value stands for a list of it.
  if (isListType(nullable)) return holdsNull(value, nullable.ofType, nulls);
  if (value.kind !== Kind.OBJECT || !isInputObjectType(nullable)) return false;
  const fields = nullable.getFields();
  return value.fields.some((field) => holdsNull(field.value, fields[field.name.value]?.type, nulls));
}
