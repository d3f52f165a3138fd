import {
  type ArgumentNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isUnionType,
  Kind,
  type OperationTypeNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type ValueNode,
} from 'graphql';
import { introspectionLengths, isIntrospection } from '../operation/introspection.ts';
import type { Opened, OpenField } from '../operation/opened.ts';

/** What a list gives when no one says how much, and the most that it gives. */
const PAGE = { unsaid: 20, most: 100 };

/** Objects in a list that does not page: those are short, and what one of them is longer is for the bound in bytes. */
const SHORT = 3;

/** A value of introspection costs as much as these many others, and is found in one go with all of them. */
const INTROSPECTION = 3;

type Variables = Readonly<Record<string, unknown>>;
type Count = (variables: Variables) => number;

export type AnswerSize = {
  /** Fields of objects, on all levels. */
  values: Count;
  /** Objects in lists: what is read from the database for it. */
  rows: Count;
};

/**
 * How much an operation's answer has at the most, when every list that pages is as long as its `first` allows, and
 * what a mutation answers of a list that it was given is as long as that;
 * the other lists are short. Read once per operation: what it gives is asked with the variables of each request,
 * defaults filled in.
 */
export function answerSize(schema: GraphQLSchema, operation: OperationTypeNode, opened: Opened): AnswerSize {
  return {
    values: counted(schema, operation, opened, { field: 1, element: 0 }),
    rows: counted(schema, operation, opened, { field: 0, element: 1 }),
  };
}

function counted(
  schema: GraphQLSchema,
  operation: OperationTypeNode,
  { fields }: Opened,
  counts: { field: number; element: number },
): Count {
  const root = schema.getRootType(operation) ?? null;
  const leaf = (): number => counts.field;
  const lengths = introspectionLengths(schema);

  function ofFields(below: readonly OpenField[], around: GraphQLNamedType | null, given: Count | null): Count {
    const parts = below.map((field) => {
      const parent = field.on === null ? around : (schema.getType(field.on) ?? around);
      const size = ofField(field, parent, given ?? (operation === 'mutation' ? longestGiven(field) : null));
      return isIntrospection(field.name) ? (variables: Variables) => INTROSPECTION * size(variables) : size;
    });
    return (variables) => parts.reduce((sum, part) => sum + part(variables), 0);
  }

  function ofField(field: OpenField, parent: GraphQLNamedType | null, given: Count | null): Count {
    if (field.fields.length === 0) return leaf;
    const type = typeOf(field, parent);
    const length = parent?.name.startsWith('__') ? average(field) : lengthOf(field, type, given);
    const inner = ofFields(field.fields, type === null ? null : getNamedType(type), length === null ? given : one);
    if (length === null) return (variables) => counts.field + inner(variables);
    return (variables) => counts.field + length(variables) * (counts.element + inner(variables));
  }

  function average({ name }: OpenField): Count | null {
    const length = lengths.get(name);
    return length === undefined ? null : () => length;
  }

  /**
   * How many objects stand there; null for a single one. The lists of a page are as long as the page, which is counted
   * already.
   */
  function lengthOf(field: OpenField, type: GraphQLOutputType | null, given: Count | null): Count | null {
    if (isPaged(field)) return pageOf(field.arguments.find(({ name }) => name.value === 'first')?.value);
    if (!isListOfObjects(type) || isOfPage(field)) return null;
    return (variables) => Math.max(SHORT, given?.(variables) ?? 0);
  }

  return ofFields(fields, root, null);
}

const one: Count = () => 1;

function typeOf({ name }: OpenField, parent: GraphQLNamedType | null): GraphQLOutputType | null {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef.type;
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef.type;
  if (parent === null || !isCompositeType(parent) || isUnionType(parent)) return null;
  return parent.getFields()[name]?.type ?? null;
}

function isListOfObjects(type: GraphQLOutputType | null): boolean {
  return type !== null && isListType(getNullableType(type)) && isCompositeType(getNamedType(type));
}

const isOfPage = ({ name }: OpenField): boolean => name === 'nodes' || name === 'edges';

/** Relay's connections are known by what is asked of them, here as in every client. */
const isPaged = (field: OpenField): boolean =>
  field.arguments.some(({ name }) => name.value === 'first') || field.fields.some(isOfPage);

function pageOf(first: ValueNode | undefined): Count {
  const rows = (said: unknown): number =>
    Math.min(Math.max(said === null || said === undefined ? PAGE.unsaid : Number(said), 0), PAGE.most);
  if (first?.kind === Kind.VARIABLE) return (variables) => rows(variables[first.name.value]);
  const said = rows(first?.kind === Kind.INT ? first.value : null);
  return () => said;
}

/** How long the longest list is that a mutation is given. */
function longestGiven({ arguments: given }: OpenField): Count {
  return (variables) => Math.max(1, ...given.map(({ value }: ArgumentNode) => longestIn(value, variables)));
}

function longestIn(node: ValueNode, variables: Variables): number {
  if (node.kind === Kind.VARIABLE) return longestOf(variables[node.name.value]);
  if (node.kind === Kind.LIST)
    return Math.max(node.values.length, ...node.values.map((value) => longestIn(value, variables)));
  if (node.kind === Kind.OBJECT) return Math.max(0, ...node.fields.map(({ value }) => longestIn(value, variables)));
  return 0;
}

function longestOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const below = Object.values(value).reduce((most, each) => Math.max(most, longestOf(each)), 0);
  return Array.isArray(value) ? Math.max(value.length, below) : below;
}
