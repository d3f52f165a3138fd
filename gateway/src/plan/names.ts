import {
  buildSchema,
  type ConstDirectiveNode,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';

/**
 * Taken on every type: plans ask for the type of each object, and `__proto__` is not a key like others in JavaScript.
 */
const EVERYWHERE: ReadonlySet<string> = new Set(['__typename', '__proto__']);

/**
 * Refuses aliases with which an answer would be wrong. A plan asks for the keys of entities under their own names, and
 * finds there what the caller's alias put there: `{ account { id: name } }` would be answered with the id.
 */
export function reservedNames(supergraphSdl: string): ValidationRule {
  const needed = neededFields(buildSchema(supergraphSdl, { assumeValid: true }));
  return (context) => ({
    Variable({ name }) {
      if (name.value === '__proto__')
        context.reportError(new GraphQLError('A variable cannot be named __proto__.', { nodes: name }));
    },
    Field({ alias, name }) {
      if (alias === undefined || alias.value === name.value) return;
      const type = context.getParentType();
      if (!EVERYWHERE.has(alias.value) && !needed.get(type?.name ?? '')?.has(alias.value)) return;
      const message = `The alias "${alias.value}" is taken on ${type?.name}: the graph itself uses that name there. Choose another.`;
      context.reportError(new GraphQLError(message, { nodes: alias }));
    },
  });
}

/**
 * By type, the fields that a plan may ask for although the caller did not: those of keys, and those that others
 * require.
 */
function neededFields(schema: GraphQLSchema): ReadonlyMap<string, ReadonlySet<string>> {
  const needed = new Map<string, Set<string>>();
  const add = (type: string, field: string): void => {
    const fields = needed.get(type) ?? new Set();
    needed.set(type, fields.add(field));
  };
  function addAll(typeName: string, { selections }: SelectionSetNode): void {
    const type = schema.getType(typeName);
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        addAll(selection.typeCondition?.name.value ?? typeName, selection.selectionSet);
      } else if (selection.kind === Kind.FIELD && (isObjectType(type) || isInterfaceType(type))) {
        add(typeName, selection.name.value);
        const field = type.getFields()[selection.name.value];
        if (field !== undefined && selection.selectionSet !== undefined)
          addAll(getNamedType(field.type).name, selection.selectionSet);
      }
    }
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    const ofType = [type.astNode, ...type.extensionASTNodes].flatMap((node) => node?.directives ?? []);
    const ofFields = Object.values(type.getFields()).flatMap((field) => field.astNode?.directives ?? []);
    for (const set of [...fieldSets(ofType, 'key'), ...fieldSets(ofFields, 'requires')]) addAll(type.name, set);
  }
  // What is asked of an interface is asked of whatever stands behind it.
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isCompositeType(type) || !isAbstractType(type)) continue;
    for (const possible of schema.getPossibleTypes(type))
      for (const field of needed.get(possible.name) ?? []) add(type.name, field);
  }
  return needed;
}

/** The sets of fields in `@join__type(key:)` or `@join__field(requires:)`. */
const fieldSets = (directives: readonly ConstDirectiveNode[], argument: 'key' | 'requires'): SelectionSetNode[] =>
  directives
    .filter(({ name }) => name.value === 'join__type' || name.value === 'join__field')
    .flatMap((directive) => directive.arguments ?? [])
    .flatMap(({ name, value }) => (name.value === argument && value.kind === Kind.STRING ? [value.value] : []))
    .flatMap((text) => parse(`{ ${text} }`, { noLocation: true }).definitions)
    .flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION ? [definition.selectionSet] : []));
