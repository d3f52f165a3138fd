import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** What a list gives when nobody says how much, and the most that it gives. */
const PAGE = { unsaid: 20, most: 100 };

type Size = (variables: Readonly<Record<string, unknown>>) => number;

/**
 * How many values an operation's answer has at the most, when every list that pages is as long as its `first` allows; the other lists are short. Read once per operation:
 * what it gives is asked with the variables of each request.
 */
export function answerSize(document: DocumentNode, operation: OperationDefinitionNode): Size {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);

  function ofSelections({ selections }: SelectionSetNode): Size {
    const parts = selections.map((selection): Size => {
      if (selection.kind === Kind.FIELD) return ofField(selection);
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      return fragment === undefined ? () => 0 : ofSelections(fragment.selectionSet);
    });
    return (variables) => parts.reduce((sum, part) => sum + part(variables), 0);
  }

  function ofField(field: FieldNode): Size {
    if (field.selectionSet === undefined) return () => 1;
    const inner = ofSelections(field.selectionSet);
    if (!isPaged(field)) return (variables) => 1 + inner(variables);
    const first = field.arguments?.find(({ name }) => name.value === 'first')?.value;
    return (variables) => {
      const said =
        first?.kind === Kind.VARIABLE ? variables[first.name.value] : first?.kind === Kind.INT ? first.value : null;
      const rows = said === null || said === undefined ? PAGE.unsaid : Number(said);
      return 1 + Math.min(Math.max(rows, 0), PAGE.most) * inner(variables);
    };
  }

  return ofSelections(operation.selectionSet);
}

/** Relay's connections are known by what is asked of them, here as in every client. */
const isPaged = ({ selectionSet, arguments: given }: FieldNode): boolean =>
  given?.some(({ name }) => name.value === 'first') === true ||
  selectionSet?.selections.some(
    (selection) => selection.kind === Kind.FIELD && ['nodes', 'edges'].includes(selection.name.value),
  ) === true;
