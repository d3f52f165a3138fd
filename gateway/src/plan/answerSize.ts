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
  type ValueNode,
} from 'graphql';
import type { Opened, OpenField } from '../opened.ts';

/** What a list gives when nobody says how much, and the most that it gives. */
const PAGE = { unsaid: 20, most: 100 };

/** Objects in a list that does not page: those are short. */
const SHORT = 10;

type Variables = Readonly<Record<string, unknown>>;
type Size = (variables: Variables) => number;

/**
 * How many values an operation's answer has at the most, when every list that pages is as long as its `first` allows, and what a mutation answers of a list that it was given is as long as that;
 * the other lists are short. Read once per operation: what it gives is asked with the variables of each request, defaults filled in.
 */
export function answerSize(schema: GraphQLSchema, operation: OperationTypeNode, { fields }: Opened): Size {
  const root = schema.getRootType(operation) ?? null;

  function ofFields(below: readonly OpenField[], around: GraphQLNamedType | null, given: Size | null): Size {
    const parts = below.map((field) => {
      const parent = field.on === null ? around : (schema.getType(field.on) ?? around);
      return ofField(field, typeOf(field, parent), given ?? (operation === 'mutation' ? longestGiven(field) : null));
    });
    return sumOf(parts);
  }

  function ofField(field: OpenField, type: GraphQLOutputType | null, given: Size | null): Size {
    if (field.fields.length === 0) return one;
    const named = type === null ? null : getNamedType(type);
    if (isPaged(field)) {
      const rows = pageOf(field.arguments.find(({ name }) => name.value === 'first')?.value);
      const inner = ofFields(field.fields, named, one);
      return (variables) => 1 + rows(variables) * inner(variables);
    }
    // The lists of a page are as long as the page, which is counted already.
    const isList = isListOfObjects(type) && !isOfPage(field);
    const inner = ofFields(field.fields, named, isList ? one : given);
    if (!isList) return (variables) => 1 + inner(variables);
    return (variables) => 1 + Math.max(SHORT, given?.(variables) ?? 0) * inner(variables);
  }

  return ofFields(fields, root, null);
}

const one: Size = () => 1;

const sumOf =
  (parts: readonly Size[]): Size =>
  (variables) =>
    parts.reduce((sum, part) => sum + part(variables), 0);

function typeOf({ name }: OpenField, parent: GraphQLNamedType | null): GraphQLOutputType | null {
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

function pageOf(first: ValueNode | undefined): Size {
  const rows = (said: unknown): number =>
    Math.min(Math.max(said === null || said === undefined ? PAGE.unsaid : Number(said), 0), PAGE.most);
  if (first?.kind === Kind.VARIABLE) return (variables) => rows(variables[first.name.value]);
  const said = rows(first?.kind === Kind.INT ? first.value : null);
  return () => said;
}

/** How long the longest list is that a mutation is given. */
function longestGiven({ arguments: given }: OpenField): Size {
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
