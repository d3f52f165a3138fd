import { Worker } from 'node:worker_threads';
import type { QueryPlan } from '@apollo/query-planner';
import { createLane } from '@comptoir/shared/concurrency/lane.ts';
import { unavailable } from '@comptoir/shared/protocol/errors.ts';
import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';

/** What is to be planned: a document with one operation and no fragments of a name, valid by the supergraph. */
export type PlanTask = { supergraph: string; document: string };

/** What the thread says of it: a node, absent where nothing has to be fetched; or why there is none. */
export type PlanReply =
  | { node: QueryPlan['node'] }
  | {
      message: string /** Null for what is no refusal, but a mistake of ours. */;
      extensions: GraphQLErrorExtensions | null;
    };

export type PlanThread = {
  /**
   * Throws a GraphQLError for what cannot be planned: OPERATION_TOO_LARGE where it takes too much, SERVICE_UNAVAILABLE
   * where too many wait.
   */
  plan(task: PlanTask): Promise<QueryPlan['node']>;
  close(): Promise<void>;
};

/** Of the thread, in MB. An operation that needs more ends it, and is refused. */
const MAX_HEAP = { maxYoungGenerationSizeMb: 64, maxOldGenerationSizeMb: 256 };
/** What the largest that the limits admit takes, several times over; with the thread's own beginning. */
const MAX_PLAN_MS = 30_000;
/** New large operations that wait, and longest: what came later is told to come back while its caller still listens. */
const MAX_WAITING = 50;
const MAX_WAIT_MS = 4_000;

/**
 * Plans on a thread of its own, one operation after the other: Apollo's planner stops for no one, and what it leaves
 * behind stops everybody while it is collected. The thread begins with the first operation; one that ends takes with it
 * only what it was planning, and the next operation begins another.
 */
export function createPlanThread(maxPlanMs = MAX_PLAN_MS): PlanThread {
  let worker: Worker | null = null;
  const inTurn = createLane({ running: 1, waiting: MAX_WAITING, waitMs: MAX_WAIT_MS }, () =>
    unavailable('Too many large operations are waiting to be planned. Try again.'),
  );

  function begin(): Worker {
    const begun = new Worker(new URL('./planWorker.ts', import.meta.url), { resourceLimits: MAX_HEAP });
    const forget = (): void => {
      if (worker === begun) worker = null;
    };
    begun.on('error', forget);
    begun.once('exit', forget);
    // Anyone who waits for a plan keeps the process by other means.
    begun.unref();
    return begun;
  }

  async function ask(task: PlanTask): Promise<PlanReply> {
    worker ??= begin();
    const asked = worker;
    const { promise, resolve, reject } = Promise.withResolvers<PlanReply>();
    const fail = (error: Error & { code?: string }): void =>
      reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? takesTooMuch() : error);
    const ended = (): void => reject(new Error('The thread that plans has ended.'));
    const late = setTimeout(() => {
      reject(takesTooMuch());
      worker = null;
      void asked.terminate();
    }, maxPlanMs);
    asked.on('message', resolve).on('error', fail).on('exit', ended);
    try {
      asked.postMessage(task);
      return await promise;
    } finally {
      clearTimeout(late);
      asked.off('message', resolve).off('error', fail).off('exit', ended);
    }
  }

  return {
    async plan(task) {
      const said = await inTurn(() => ask(task));
      if ('node' in said) return said.node;
      throw said.extensions === null
        ? new Error(said.message)
        : new GraphQLError(said.message, { extensions: said.extensions });
    },
    async close() {
      await worker?.terminate();
    },
  };
}

const takesTooMuch = (): GraphQLError =>
  new GraphQLError('The operation asks too much at once: it takes too long to plan.', {
    extensions: { code: 'OPERATION_TOO_LARGE' },
  });
