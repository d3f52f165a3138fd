import { Worker } from 'node:worker_threads';
import type { QueryPlan } from '@apollo/query-planner';
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
  /** Throws a GraphQLError for what cannot be planned. */
  plan(task: PlanTask): Promise<QueryPlan['node']>;
  close(): Promise<void>;
};

/** Of a thread that plans, in MB. One that needs more ends, and what it was asked fails; the next one begins anew. */
const MAX_HEAP = { maxYoungGenerationSizeMb: 64, maxOldGenerationSizeMb: 256 };

/**
 * Plans on a thread of its own, one operation after the other: Apollo's planner stops for no one, and what it leaves
 * behind stops everybody while it is collected. The thread begins with the first operation.
 */
export function createPlanThread(): PlanThread {
  let worker: Worker | null = null;
  const waiting = new Map<number, PromiseWithResolvers<PlanReply>>();
  let last = 0;

  function begin(): Worker {
    const begun = new Worker(new URL('./planWorker.ts', import.meta.url), { resourceLimits: MAX_HEAP });
    const fail = (error: Error): void => {
      if (worker === begun) worker = null;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    begun.on('message', ({ id, ...reply }: PlanReply & { id: number }) => {
      waiting.get(id)?.resolve(reply);
      waiting.delete(id);
    });
    begun.once('error', fail);
    begun.once('exit', () => fail(new Error('The thread that plans has ended.')));
    // Anyone who waits for a plan keeps the process by other means.
    begun.unref();
    return begun;
  }

  return {
    async plan(task) {
      worker ??= begin();
      const id = ++last;
      const reply = Promise.withResolvers<PlanReply>();
      waiting.set(id, reply);
      worker.postMessage({ id, ...task });
      const said = await reply.promise;
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
