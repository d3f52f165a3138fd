import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * One field of an operation as it is meant, however it is written: fragments are opened, conditions are taken for
 * true, and what stands in several places under one name in the
 * answer is one field, as when it is executed.
 */
export type OpenField = {
  name: string;
  /** Its name in the answer. */
  key: string;
  arguments: readonly ArgumentNode[];
  /**
   * The type of the innermost fragment around it that names one; null where it is the type of the field that it
   * belongs to.
   */
  on: string | null;
  /** Empty for a scalar. */
  fields: readonly OpenField[];
};

export type Opened = {
  fields: readonly OpenField[];
  /**
   * Selections that were gone through: each field, each fragment where it is written, each spread with all that it
   * spreads.
   */
  written: number;
  /** Directives on them. */
  directives: number;
  /** Pairs of selections that are one field: validation compares each of them with each. */
  repeats: number;
};

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

type Growing = Omit<OpenField, 'fields'> & { fields: Level; times: number };
/**
 * By key, then by name and arguments; several fields of one key are a mistake of the document, or belong to types that
 * exclude each other.
 */
type Level = Map<string, Map<string, Growing>>;

/** The fragments of a document by their names. */
export const fragmentsOf = ({ definitions }: DocumentNode): Fragments =>
  new Map(
    definitions
      .filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );

/**
 * The one form of an operation (or of a fragment) that every limit reads, whatever its spelling. Null as soon as there
 * is more than `most.written` to go through, so it takes no longer for a nest of fragments that means millions of
 * fields. Beyond `most.repeats` selections are only counted, and no longer become fields.
 * A fragment within itself is left out: validation refuses it in its own words.
 */
export function open(
  { selectionSet }: OperationDefinitionNode | FragmentDefinitionNode,
  fragments: Fragments,
  most = { written: Number.POSITIVE_INFINITY, repeats: Number.POSITIVE_INFINITY },
): Opened | null {
  const root: Level = new Map();
  let written = 0;
  let directives = 0;
  let repeats = 0;
  const within = new Set<string>();

  function addAll({ selections }: SelectionSetNode, level: Level, on: string | null): boolean {
    return selections.every((selection) => add(selection, level, on));
  }

  function add(selection: SelectionNode, level: Level, on: string | null): boolean {
    written += 1;
    directives += selection.directives?.length ?? 0;
    if (written > most.written) return false;
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return addAll(selection.selectionSet, level, selection.typeCondition?.name.value ?? on);
    if (selection.kind === Kind.FIELD) {
      const below = repeats > most.repeats ? level : place(selection, level, on).fields;
      return selection.selectionSet === undefined || addAll(selection.selectionSet, below, null);
    }
    const { value } = selection.name;
    const fragment = fragments.get(value);
    if (fragment === undefined || within.has(value)) return true;
    within.add(value);
    const isWithin = addAll(fragment.selectionSet, level, fragment.typeCondition.name.value);
    within.delete(value);
    return isWithin;
  }

  function place(node: FieldNode, level: Level, on: string | null): Growing {
    const key = (node.alias ?? node.name).value;
    const same = level.get(key) ?? new Map<string, Growing>();
    level.set(key, same);
    const text = textOf(node);
    const known = same.get(text);
    if (known !== undefined) {
      repeats += known.times;
      known.times += 1;
      return known;
    }
    const { name, arguments: given = [] } = node;
    const field: Growing = { name: name.value, key, arguments: given, on, fields: new Map(), times: 1 };
    repeats += same.size;
    same.set(text, field);
    return field;
  }

  return addAll(selectionSet, root, null) ? { fields: fieldsOf(root), written, directives, repeats } : null;
}

const fieldsOf = (level: Level): OpenField[] =>
  [...level.values()]
    .flatMap((same) => [...same.values()])
    .map(({ fields, times: _, ...field }) => ({ ...field, fields: fieldsOf(fields) }));

/** A field is met once for each spread of the fragment that it stands in, and printed once. */
const texts = new WeakMap<FieldNode, string>();

/** A field's name and its arguments, in whatever order they are written. */
function textOf(node: FieldNode): string {
  let text = texts.get(node);
  if (text === undefined) {
    const printed = (node.arguments ?? []).map((argument) => print(argument)).sort();
    text = [node.name.value, ...printed].join();
    texts.set(node, text);
  }
  return text;
}
