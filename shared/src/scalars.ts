import { GraphQLScalarType } from 'graphql';
import { GraphQLDateTimeISO, GraphQLJSON, GraphQLSafeInt } from 'graphql-scalars';

const named = (name: string, scalar: GraphQLScalarType): GraphQLScalarType =>
  new GraphQLScalarType({ ...scalar.toConfig(), name, astNode: undefined, extensionASTNodes: [] });

/** The scalars that `common.graphql` describes, under the names they have there. */
export const scalars = {
  DateTime: named('DateTime', GraphQLDateTimeISO),
  SafeInt: named('SafeInt', GraphQLSafeInt),
  JSON: named('JSON', GraphQLJSON),
};
