import { Supergraph } from '@apollo/federation-internals';
import type { GraphQLSchema } from 'graphql';
import { judgeScalars } from '../planner.ts';

/** What clients may ask for of a supergraph. */
export function apiSchemaOf(supergraphSdl: string): GraphQLSchema {
  const schema = Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema();
  judgeScalars(schema);
  return schema;
}
