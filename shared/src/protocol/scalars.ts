import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { GraphQLDateTimeISO, GraphQLJSON, GraphQLLocalDate, GraphQLSafeInt } from 'graphql-scalars';

const named = (name: string, scalar: GraphQLScalarType): GraphQLScalarType =>
  new GraphQLScalarType({ ...scalar.toConfig(), name, astNode: undefined, extensionASTNodes: [] });

/** A decimal as text, on the wire as here: a JSON number would lose cents. */
function readDecimal(value: unknown, node?: ValueNode): string {
  if (typeof value !== 'string' || !/^-?\d{1,16}(\.\d{1,8})?$/.test(value)) {
    throw new GraphQLError(
      'A decimal is a text such as "12.30", with at most 16 digits before the point and 8 after it.',
      { nodes: node },
    );
  }
  return value;
}

const Decimal = new GraphQLScalarType({
  name: 'Decimal',
  serialize: (value) => readDecimal(value),
  parseValue: (value) => readDecimal(value),
  parseLiteral: (node) => readDecimal(node.kind === Kind.STRING ? node.value : null, node),
});

/** The scalars that `common.graphql` describes, under the names they have there. */
export const scalars = {
  DateTime: named('DateTime', GraphQLDateTimeISO),
  SafeInt: named('SafeInt', GraphQLSafeInt),
  JSON: named('JSON', GraphQLJSON),
  LocalDate: named('LocalDate', GraphQLLocalDate),
  Decimal,
};
