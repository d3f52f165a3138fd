import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import { isSpent } from '@comptoir/shared/answerBudget.ts';
import { createBreath } from '@comptoir/shared/breath.ts';
import { timedOut } from '@comptoir/shared/deadline.ts';
import type { Subgraph, SubgraphResponse } from '@comptoir/shared/subgraph.ts';
import {
  type ExecutionResult,
  executeSync,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { GatewayContext } from '../context.ts';
import { answerTooLarge, refusal } from '../errors.ts';
import { leftOut } from '../fewErrors.ts';
import { ANSWER_BYTES_MAX, LIMITS } from '../limits.ts';
import type { Data } from './data.ts';
import { createExplain, type Explain } from './explain.ts';
import { createPlanner, type Planned } from './planner.ts';
import { type Ask, type Run, runPlan } from './runPlan.ts';
import { badInputAt } from './selected.ts';
import type { Shape } from './shape.ts';
import { sentLength } from './steps.ts';
import { createWriter, TooLarge, written } from './written.ts';

type ApolloGateway = ApolloServerOptionsWithGateway<GatewayContext>['gateway'];
type Executor = NonNullable<Awaited<ReturnType<ApolloGateway['load']>>['executor']>;

/**
 * Heap for plans that are kept, in bytes. Measured: a small one takes 10 kB, larger ones 100 to 250 bytes per character of their text, and each of their shapes 50 per
 * character of what is sent for them, fragments opened.
 */
const KEPT = 50_000_000;
const sizeOf = (source: string, { step, shapesKept }: Planned): number =>
  10_000 + 200 * source.length + 50 * shapesKept * sentLength(step);

/** Values told of, when variables hold more that are wrong. */
const WRONG_VALUES_TOLD = 50;

/** Places told of, when an answer misses more. */
const MISSING_TOLD = 20;

/**
 * What Apollo Server runs operations with: plans by Apollo's planner over the supergraph, carried out here. Each operation is planned once,
 * each entity is asked for once per fetch, and nothing is sent twice. A subgraph's errors come with its name as `serviceName`.
 * However many fetches follow each other, a query is answered within `queryMs`, with SUBGRAPH_TIMEOUT for what was not there by then; mutations have all the time they need.
 */
export function planGateway(
  supergraph: string,
  subgraphs: Record<string, Subgraph>,
  { queryMs = 60_000, answerBytes = ANSWER_BYTES_MAX, keptBytes = KEPT } = {},
): ApolloGateway & { held(): number } {
  const planner = createPlanner(supergraph);
  const plans = new LRUCache<string, Planned>({ maxSize: keptBytes });

  const executor: Executor = async ({ document, operation, operationName, queryHash, request, source, context }) => {
    const planFor = (nulls: readonly string[]): Planned => {
      const key = [queryHash, operationName ?? '', ...nulls].join(' ');
      let planned = plans.get(key);
      if (planned === undefined) {
        planned = planner.plan(document, operation, nulls);
        plans.set(key, planned, { size: sizeOf(source, planned) });
      }
      return planned;
    };
    const { viewer } = context as GatewayContext;
    const late = operation.operation === 'query' ? lateAfter(queryMs) : null;
    const ask: Ask = (name, asked) => {
      const subgraph = subgraphs[name];
      if (subgraph === undefined)
        throw new Error(`The supergraph names the subgraph ${name}, which is not configured.`);
      if (late === null) return subgraph.execute(asked, viewer);
      return late.isNow() ? late.answer : Promise.race([subgraph.execute(asked, viewer), late.answer]);
    };
    try {
      return await execute(planner.apiSchema, planFor, request.variables ?? {}, ask, answerBytes);
    } finally {
      late?.forget();
    }
  };

  return {
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: planner.apiSchema, coreSupergraphSdl: supergraph });
      return () => undefined;
    },
    load: async () => ({ executor }),
    stop: async () => undefined,
    /** Bytes of heap that the plans take that are kept, about. */
    held: () => plans.calculatedSize,
  };
}

/** The answer in place of all that is not there after that time. */
function lateAfter(ms: number): { answer: Promise<SubgraphResponse>; isNow(): boolean; forget(): void } {
  const { promise: answer, resolve } = Promise.withResolvers<SubgraphResponse>();
  let isNow = false;
  const timer = setTimeout(() => {
    isNow = true;
    resolve(timedOut());
  }, ms);
  return { answer, isNow: () => isNow, forget: () => clearTimeout(timer) };
}

async function execute(
  schema: GraphQLSchema,
  planFor: (nulls: readonly string[]) => Planned,
  variables: Record<string, unknown>,
  ask: Ask,
  answerBytes: number,
): Promise<ExecutionResult<Data>> {
  const usual = planFor([]);
  const { coerced, errors } = getVariableValues(schema, usual.operation.variableDefinitions ?? [], variables, {
    maxErrors: WRONG_VALUES_TOLD,
  });
  if (errors !== undefined) return { errors: errors.map(asBadInput) };
  for (const [what, most] of [
    ['values', LIMITS.answerValues],
    ['rows', LIMITS.answerRows],
  ] as const) {
    const asked = Math.round(usual.size[what](coerced));
    if (asked > most) return { errors: [tooMuch(asked, what, most)] };
  }
  const nulls = usual.nullable.filter((name) => coerced[name] === null);
  const { operation, step, introspection, wrong, shapeFor } = nulls.length === 0 ? usual : planFor(nulls);
  const refused = wrong(coerced);
  if (refused.length > 0) return { data: null, errors: refused };

  const isMutation = operation.operation === 'mutation';
  const bounds = { budget: { left: answerBytes }, isMutation, breathe: createBreath() };
  const run: Run = { variables, coerced, ask, data: {}, errors: [], more: 0, lost: new Map(), emptied: [], ...bounds };
  if (introspection !== null) {
    const answer = executeSync({ schema, document: introspection, variableValues: variables });
    Object.assign(run.data, answer.data);
    run.errors.push(...(answer.errors ?? []).map((error) => badInputAt(error, error.path)));
  }
  if (step !== null) await runPlan(step, run);
  if (isSpent(run.budget)) return tooLarge(operation, answerBytes);

  try {
    return await answerOf(run, shapeFor(coerced), answerBytes);
  } catch (error) {
    if (error instanceof TooLarge) return tooLarge(operation, answerBytes);
    throw error;
  }
}

/** Writes what came, with an error for each place that has nothing where something must be. Throws `TooLarge`. */
async function answerOf(run: Run, shape: Shape, answerBytes: number): Promise<ExecutionResult<Data>> {
  let explain: Explain | null = null;
  const missing: GraphQLError[] = [];
  const writer = createWriter(answerBytes);
  const isThere = await shape(run.data, {
    writer,
    breathe: run.breathe,
    missing: (path, wrong) => {
      explain ??= createExplain(run.errors, run.emptied, run.lost);
      if (wrong === undefined && explain.isExplained(path)) return;
      // There may be very many: of those that are not told no error is made.
      if (missing.length >= MISSING_TOLD) run.more += 1;
      else missing.push(wrong === undefined ? explain.errorAt(path) : badInputAt(wrong, [...path]));
    },
  });
  const told = [...run.errors, ...missing];
  if (run.more > 0) {
    const { message, extensions } = leftOut(run.more);
    told.push(new GraphQLError(message, { extensions }));
  }
  // Apollo Server passes on what it is given without looking into it.
  const data = isThere ? (written(writer) as unknown as Data) : null;
  if (isThere && writer.bytes + errorBytes(told) > answerBytes) throw new TooLarge('The answer is too large.');
  return told.length === 0 ? { data } : { data, errors: told };
}

/** Whatever is wrong with variables is the caller's, with graphql-js's closing word that it stopped looking. */
function asBadInput(error: GraphQLError): GraphQLError {
  const { message, nodes, originalError, extensions } = error;
  if (extensions.code !== undefined) return error;
  return new GraphQLError(message, { nodes, originalError, extensions: { ...extensions, code: 'BAD_USER_INPUT' } });
}

/** What the errors of an answer may take in it, and what is around them. */
const errorBytes = (errors: readonly GraphQLError[]): number =>
  1_000 + (errors.length === 0 ? 0 : 2 * Buffer.byteLength(JSON.stringify(errors)));

const tooMuch = (asked: number, what: string, most: number): GraphQLError =>
  refusal(
    400,
    'OPERATION_TOO_LARGE',
    `The answer could have ${asked} ${what}, of which ${most} are the most. Ask for shorter pages (first), or for less of each.`,
  );

/**
 * Of a query nothing happened, as with every limit. A mutation ran to its end: that is said, and that there are no
 * data of it.
 */
function tooLarge({ operation }: OperationDefinitionNode, answerBytes: number): ExecutionResult<Data> {
  return operation === 'mutation'
    ? { data: null, errors: [answerTooLarge(answerBytes, true)] }
    : { errors: [answerTooLarge(answerBytes, false)] };
}
