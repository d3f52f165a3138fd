import { operationFromDocument } from '@apollo/federation-internals';
import type { QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { scalars } from '@comptoir/shared/protocol/scalars.ts';
import {
  BREAK,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  Kind,
  type OperationDefinitionNode,
  print,
  visit,
} from 'graphql';
import { introspectionOf } from '../operation/introspection.ts';
import { fragmentsOf, type Opened, open } from '../operation/opened.ts';
import { type AnswerSize, answerSize } from './answerSize.ts';
import { nullableWhereNoneMayBe, withoutWhatNullsBreak } from './nulls.ts';
import { type OperationContext, wrongFromTheRoot } from './selected.ts';
import { readShape, type Shape } from './shape.ts';
import { withoutSpreads } from './spreads.ts';
import { type IsOfType, readPlan, type Step } from './steps.ts';

/** What is judged of an operation before it runs, by the variables of a request. */
export type Judged = {
  /** How much the answer has at the most. */
  size: AnswerSize;
  /**
   * Variables that are nullable and stand where null may not be. While one of them is null, another plan serves the
   * operation.
   */
  nullable: readonly string[];
};

/** An operation, ready to be run any number of times. */
export type Planned = {
  operation: OperationDefinitionNode;
  /** Null when nothing has to be fetched. */
  step: Step | null;
  /** What is asked of the schema itself, as a document of its own; null when nothing is. */
  introspection: DocumentNode | null;
  /** For a request with these variables, defaults filled in. */
  shapeFor(variables: Readonly<Record<string, unknown>>): Shape;
  /** How many of those are kept at most. */
  shapesKept: number;
  /** Errors of the whole operation, before any of it runs. */
  wrong(variables: Readonly<Record<string, unknown>>): readonly GraphQLError[];
};

export type Planner = {
  judge(document: DocumentNode, operation: OperationDefinitionNode): Judged;
  /**
   * Plans a validated operation, for requests in which those of its `nullable` variables are null. Takes milliseconds;
   * what it gives is worth keeping. Throws a GraphQLError for what cannot be planned.
   */
  plan(document: DocumentNode, operation: OperationDefinitionNode, nulls?: readonly string[]): Promise<Planned>;
};

/** Shapes kept per operation: one for each combination of values that `@skip` and `@include` saw. */
const SHAPES = 4;

/**
 * Selections, fragments opened, of an operation that is planned where requests are served. Measured, one takes the
 * planner 0.1 to 0.25 ms in one go; a larger operation can wait for a thread that has nothing else to do.
 */
export const MAX_PLANNED_HERE = 100;

/** Plans an operation elsewhere. */
export type PlanElsewhere = (document: string) => Promise<QueryPlan['node']>;

/**
 * Plans with Apollo's planner, for operations that are valid by `apiSchema`: what clients may ask for of its
 * supergraph, without what is `@inaccessible`. Large ones are planned elsewhere.
 */
export function createPlanner(planner: QueryPlanner, apiSchema: GraphQLSchema, elsewhere: PlanElsewhere): Planner {
  const { supergraph } = planner;
  const api = supergraph.apiSchema();
  const isOfType = typeTest(supergraph.schema.toGraphQLJSSchema());

  return {
    judge: (document, operation) => ({
      size: answerSize(apiSchema, operation.operation, open(operation, fragmentsOf(document)) as Opened),
      nullable: nullableWhereNoneMayBe(apiSchema, document, operation),
    }),
    async plan(document, operation, nulls = []) {
      const opened = withoutSpreads(operation, fragmentsOf(document));
      const sent = nulls.length === 0 ? opened : withoutWhatNullsBreak(apiSchema, opened, new Set(nulls));
      const node = isLarge(sent)
        ? await elsewhere(print(sent))
        : planner.buildQueryPlan(operationFromDocument(api, sent)).node;
      if (node?.kind === 'Subscription') throw new Error('The graph has no subscriptions.');
      return {
        operation,
        step: node === undefined ? null : readPlan(node, isOfType),
        introspection: introspectionOf(document, operation),
        ...shapes(apiSchema, document, operation, nulls),
      };
    },
  };
}

function isLarge(document: DocumentNode): boolean {
  let selections = 0;
  visit(document, {
    SelectionSet: {
      enter({ selections: more }) {
        selections += more.length;
        return selections > MAX_PLANNED_HERE ? BREAK : undefined;
      },
    },
  });
  return selections > MAX_PLANNED_HERE;
}

/**
 * Sets what the scalars of a graph are judged by: composition knows their names only, and would take any value for good
 * until a subgraph sees it - when the mutation before it is done.
 */
export function judgeScalars(schema: GraphQLSchema): void {
  for (const [name, { parseValue, parseLiteral, serialize }] of Object.entries<GraphQLScalarType>(scalars)) {
    const type = schema.getType(name);
    if (isScalarType(type)) Object.assign(type, { parseValue, parseLiteral, serialize });
  }
}

function shapes(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  nulls: readonly string[],
): Pick<Planned, 'shapeFor' | 'shapesKept' | 'wrong'> {
  const root = schema.getRootType(operation.operation) as GraphQLObjectType;
  const fragments = Object.fromEntries(
    document.definitions
      .filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const conditions = conditionsOf(document);
  const known = new Map<string, Shape>();
  const contextFor = (variables: Readonly<Record<string, unknown>>): OperationContext => ({
    schema,
    fragments,
    variables: Object.fromEntries(
      conditions.map((name) => [name, nulls.includes(name) ? null : variables[name] === true]),
    ),
    wrong: nulls.length === 0 ? null : variables,
  });
  const shapeFor: Planned['shapeFor'] = (variables) => {
    const key = conditions.map((name) => (variables[name] === true ? '1' : '0')).join('');
    let shape = known.get(key);
    if (shape === undefined) {
      shape = readShape(root, operation.selectionSet, contextFor(variables));
      // One that says what is wrong with a request holds its variables.
      if (nulls.length === 0 && known.size < SHAPES) known.set(key, shape);
    }
    return shape;
  };
  const wrong: Planned['wrong'] = (variables) =>
    nulls.length === 0 ? [] : wrongFromTheRoot(root, operation, contextFor(variables));
  return { shapeFor, shapesKept: Math.min(SHAPES, 2 ** conditions.length), wrong };
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
