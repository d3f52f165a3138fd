import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** The fields of a root that the schema itself answers. */
export const isIntrospection = (name: string): boolean => name === '__schema' || name === '__type';

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
