import { createBreath } from '@comptoir/shared/concurrency/breath.ts';
import { isSpent } from '@comptoir/shared/protocol/answerBudget.ts';
import { type ExecutionResult, executeSync, GraphQLError, type GraphQLSchema } from 'graphql';
import { leftOut } from '../errors/fewErrors.ts';
import type { Asking } from './asking.ts';
import type { Data } from './data.ts';
import { createExplain, type Explain } from './explain.ts';
import { errorBytes, tooLarge } from './judge.ts';
import type { Planned } from './planner.ts';
import { type Run, runPlan } from './runPlan.ts';
import { badInputAt } from './selected.ts';
import type { Shape } from './shape.ts';
import { createWriter, TooLarge, written } from './written.ts';

/** Places told of, when an answer misses more. */
const MISSING_TOLD = 20;

/** Runs a planned operation: each entity is asked for once per fetch, and nothing is sent twice. */
export async function execute(
  schema: GraphQLSchema,
  { operation, step, introspection, wrong, shapeFor }: Planned,
  variables: Record<string, unknown>,
  coerced: Record<string, unknown>,
  { ask, budget, maxBytes }: Asking,
): Promise<ExecutionResult<Data>> {
  const refused = wrong(coerced);
  if (refused.length > 0) return { data: null, errors: refused };

  const isMutation = operation.operation === 'mutation';
  const bounds = { budget, isMutation, breathe: createBreath() };
  const run: Run = { variables, coerced, ask, data: {}, errors: [], more: 0, lost: new Map(), emptied: [], ...bounds };
  if (introspection !== null) {
    const answer = executeSync({ schema, document: introspection, variableValues: variables });
    Object.assign(run.data, answer.data);
    run.errors.push(...(answer.errors ?? []).map((error) => badInputAt(error, error.path)));
  }
  if (step !== null) await runPlan(step, run);
  if (isSpent(budget)) return tooLarge(operation, maxBytes);
  try {
    return await answerOf(run, shapeFor(coerced), maxBytes);
  } catch (error) {
    if (error instanceof TooLarge) return tooLarge(operation, maxBytes);
    throw error;
  }
}

/** Writes what came, with an error for each place that has nothing where something must be. Throws `TooLarge`. */
async function answerOf(run: Run, shape: Shape, maxBytes: number): Promise<ExecutionResult<Data>> {
  let explain: Explain | null = null;
  const missing: GraphQLError[] = [];
  const writer = createWriter(maxBytes);
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
  if (isThere && writer.bytes + errorBytes(told) > maxBytes) throw new TooLarge('The answer is too large.');
  return told.length === 0 ? { data } : { data, errors: told };
}
