import { parentPort } from 'node:worker_threads';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { GraphQLError, parse } from 'graphql';
import type { PlanReply, PlanTask } from './planThread.ts';

/** The other side of `planThread.ts`. A planner is kept for as long as no one asks for another supergraph. */
let known: { sdl: string; planner: QueryPlanner } | null = null;

parentPort?.on('message', (task: PlanTask) => parentPort?.postMessage(plan(task)));

function plan({ supergraph, document }: PlanTask): PlanReply {
  try {
    if (known?.sdl !== supergraph)
      known = {
        sdl: supergraph,
        planner: new QueryPlanner(Supergraph.build(supergraph, { validateSupergraph: false })),
      };
    const { planner } = known;
    const operation = operationFromDocument(planner.supergraph.apiSchema(), parse(document, { noLocation: true }));
    return { node: planner.buildQueryPlan(operation).node };
  } catch (error) {
    const { message, stack = message } = error as Error;
    return error instanceof GraphQLError
      ? { message, extensions: error.extensions }
      : { message: stack, extensions: null };
  }
}
