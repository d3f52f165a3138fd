import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Fragments } from '../operation/opened.ts';

/**
 * The operation as a document without fragments of a name: each stands where it is spread. The planner gets it so,
 * because fragments within fragments cost it the square of how deep they are: a second for what else takes 10 ms.
 * The limits have counted what it comes to.
 */
export function withoutSpreads(operation: OperationDefinitionNode, fragments: Fragments): DocumentNode {
  const opened = new Map<FragmentDefinitionNode, SelectionSetNode>();

  function openSet(set: SelectionSetNode): SelectionSetNode {
    const selections = set.selections.map(openOne);
    return selections.some((one, at) => one !== set.selections[at]) ? { ...set, selections } : set;
  }

  function openOne(selection: SelectionNode): SelectionNode {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = fragments.get(selection.name.value) as FragmentDefinitionNode;
      const selectionSet = opened.get(fragment) ?? openSet(fragment.selectionSet);
      opened.set(fragment, selectionSet);
      const { typeCondition } = fragment;
      return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives: selection.directives, selectionSet };
    }
    if (selection.selectionSet === undefined) return selection;
    const selectionSet = openSet(selection.selectionSet);
    return selectionSet === selection.selectionSet ? selection : { ...selection, selectionSet };
  }

  return {
    kind: Kind.DOCUMENT,
    definitions: [{ ...operation, selectionSet: openSet(operation.selectionSet) }],
  };
}
