import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { fragmentsOf, type Opened, open } from '../opened.ts';
import { type AnswerSize, answerSize } from './answerSize.ts';
import { introspectionOf } from './introspection.ts';
import { readShape, type Shape } from './shape.ts';
import { type IsOfType, readPlan, type Step } from './steps.ts';

/** An operation, ready to be run any number of times. */
export type Planned = {
  operation: OperationDefinitionNode;
  /** Null when nothing has to be fetched. */
  step: Step | null;
  /** What is asked of the schema itself, as a document of its own; null when nothing is. */
  introspection: DocumentNode | null;
  /** How much the answer has at the most. */
  size: AnswerSize;
  /** For a request with these variables, defaults filled in. */
  shapeFor(variables: Readonly<Record<string, unknown>>): Shape;
  /** How many of those are kept at most. */
  shapesKept: number;
};

export type Planner = {
  /** What clients may ask for: without what is `@inaccessible`. */
  apiSchema: GraphQLSchema;
  /** Plans a validated operation. Takes milliseconds; what it gives is worth keeping. Throws a GraphQLError for what cannot be planned. */
  plan(document: DocumentNode, operation: OperationDefinitionNode): Planned;
};

/** Shapes kept per operation: one for each combination of values that `@skip` and `@include` saw. */
const SHAPES = 4;

/** Reads the supergraph's SDL, as composition printed it. */
export function createPlanner(supergraphSdl: string): Planner {
  // Composition has just validated it, in this process.
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: false });
  const api = supergraph.apiSchema();
  const apiSchema = api.toGraphQLJSSchema();
  const isOfType = typeTest(supergraph.schema.toGraphQLJSSchema());
  const planner = new QueryPlanner(supergraph);

  return {
    apiSchema,
    plan(document, operation) {
      const { node } = planner.buildQueryPlan(
        operationFromDocument(api, document, { operationName: operation.name?.value }),
      );
      if (node?.kind === 'Subscription') throw new Error('The graph has no subscriptions.');
      return {
        operation,
        step: node === undefined ? null : readPlan(node, isOfType),
        introspection: introspectionOf(document, operation),
        size: answerSize(apiSchema, operation.operation, open(operation, fragmentsOf(document)) as Opened),
        ...shapes(apiSchema, document, operation),
      };
    },
  };
}

function shapes(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Pick<Planned, 'shapeFor' | 'shapesKept'> {
  const root = schema.getRootType(operation.operation) as GraphQLObjectType;
  const fragments = Object.fromEntries(
    document.definitions
      .filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const conditions = conditionsOf(document);
  const known = new Map<string, Shape>();
  const shapeFor: Planned['shapeFor'] = (variables) => {
    const key = conditions.map((name) => (variables[name] === true ? '1' : '0')).join('');
    let shape = known.get(key);
    if (shape === undefined) {
      const decided = Object.fromEntries(conditions.map((name) => [name, variables[name] === true]));
      shape = readShape(root, operation.selectionSet, { schema, fragments, variables: decided });
      if (known.size < SHAPES) known.set(key, shape);
    }
    return shape;
  };
  return { shapeFor, shapesKept: Math.min(SHAPES, 2 ** conditions.length) };
}

/** The variables that decide what is skipped and included. */
function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive: {
      enter({ name, arguments: given = [] }) {
        if (name.value !== 'skip' && name.value !== 'include') return;
        for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
      },
    },
  });
  return [...names];
}

/** By the supergraph's schema, which knows types that no client sees. */
function typeTest(schema: GraphQLSchema): IsOfType {
  return (typename, condition) => {
    if (typename === condition) return true;
    const type = schema.getType(typename);
    const wanted = schema.getType(condition);
    return isAbstractType(wanted) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(wanted, type);
  };
}
