import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** The fields of a root that the schema itself answers. */
export const isIntrospection = (name: string): boolean => name === '__schema' || name === '__type';

/**
 * How long the lists of introspection are, by name: those of a type on the average of all types, since most operations
 * ask them of all.
 */
export function introspectionLengths(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const withFields = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = withFields.flatMap((type) => Object.values(type.getFields()));
  const perType = (count: number): number => count / types.length;
  return new Map([
    ['types', types.length],
    ['directives', schema.getDirectives().length],
    ['fields', perType(fields.length)],
    ['args', fields.reduce((sum, { args }) => sum + args.length, 0) / Math.max(1, fields.length)],
    ['interfaces', perType(withFields.reduce((sum, type) => sum + type.getInterfaces().length, 0))],
    ['possibleTypes', perType(withFields.length)],
    ['enumValues', perType(types.reduce((sum, type) => sum + (isEnumType(type) ? type.getValues().length : 0), 0))],
    [
      'inputFields',
      perType(
        types.reduce((sum, type) => sum + (isInputObjectType(type) ? Object.keys(type.getFields()).length : 0), 0),
      ),
    ],
  ]);
}

/** The part of an operation that the schema itself answers, as a document to execute on it; null when there is none. */
export function introspectionOf(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode | null {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const selectionSet = narrow(operation.selectionSet, new Map(fragments.map((each) => [each.name.value, each])));
  if (selectionSet === null) return null;
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet }, ...fragments] };
}

/** Fragments are opened here, because elsewhere the same ones stand for all that they hold. */
function narrow(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): SelectionSetNode | null {
  const kept = selections.flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return isIntrospection(selection.name.value) ? [selection] : [];
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    const inner = fragment === undefined ? null : narrow(fragment.selectionSet, fragments);
    if (fragment === undefined || inner === null) return [];
    const { typeCondition } = fragment;
    return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, directives: selection.directives, selectionSet: inner }];
  });
  return kept.length === 0 ? null : { kind: Kind.SELECTION_SET, selections: kept };
}
