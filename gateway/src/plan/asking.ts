import type { AnswerBudget } from '@comptoir/shared/protocol/answerBudget.ts';
import type { Subgraph, SubgraphResponse } from '@comptoir/shared/protocol/subgraph.ts';
import { timedOut } from '@comptoir/shared/service/deadline.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { OperationTypeNode } from 'graphql';
import type { Ask } from './runPlan.ts';

/** How one operation asks the subgraphs, no matter who executes it: for its viewer, within its time and its bytes. */
export type Asking = {
  ask: Ask;
  /** Counted down by all that is asked for. */
  budget: AnswerBudget;
  /** What it was in the beginning. */
  maxBytes: number;
  /** To be called when the operation has ended. */
  end(): void;
};

/**
 * However many fetches follow each other, a query is answered within `queryMs`, with SUBGRAPH_TIMEOUT for what was not
 * there by then; mutations have all the time they need.
 */
export function startAsking(
  subgraphs: Readonly<Record<string, Subgraph>>,
  viewer: Viewer,
  kind: OperationTypeNode,
  { queryMs, maxBytes }: { queryMs: number; maxBytes: number },
): Asking {
  const late = kind === 'query' ? lateAfter(queryMs) : null;
  const budget: AnswerBudget = { left: maxBytes };
  return {
    budget,
    maxBytes,
    ask(name, asked) {
      const subgraph = subgraphs[name];
      if (subgraph === undefined)
        throw new Error(`The supergraph names the subgraph ${name}, which is not configured.`);
      if (late === null) return subgraph.execute(asked, viewer);
      return late.isNow() ? late.answer : Promise.race([subgraph.execute(asked, viewer), late.answer]);
    },
    end: () => late?.forget(),
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
