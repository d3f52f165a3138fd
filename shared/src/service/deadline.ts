import type { Subgraph, SubgraphResponse } from '../protocol/subgraph.ts';

/** The answer in place of one that did not come in time. The message names no subgraph: it is shown to callers. */
export const timedOut = (): SubgraphResponse => ({
  data: null,
  errors: [
    {
      message: 'A part of the service did not answer in time. A change may have taken effect all the same.',
      extensions: { code: 'SUBGRAPH_TIMEOUT', retryAfter: 1 },
    },
  ],
});

/** The answer in place of one that cannot come. */
export const unreachable = (): SubgraphResponse => ({
  data: null,
  errors: [
    {
      message: 'A part of the service is briefly unavailable. Try again.',
      extensions: { code: 'SUBGRAPH_UNAVAILABLE', retryAfter: 1 },
    },
  ],
});

/** The answer in place of one that broke off on its way: the call had been sent. */
export const brokenOff = (): SubgraphResponse => ({
  data: null,
  errors: [
    {
      message: 'A part of the service broke off. A change may have taken effect all the same.',
      extensions: { code: 'SUBGRAPH_UNAVAILABLE', retryAfter: 1 },
    },
  ],
});

/**
 * The same subgraph, answering within `timeoutMs` in any case: with SUBGRAPH_TIMEOUT when it is late. What it was asked
 * to do goes on and is never sent again, because it may be a change.
 */
export function withDeadline(subgraph: Subgraph, timeoutMs: number): Subgraph {
  return {
    name: subgraph.name,
    async execute(request, viewer) {
      const { promise: late, resolve } = Promise.withResolvers<SubgraphResponse>();
      const timer = setTimeout(() => resolve(timedOut()), timeoutMs);
      try {
        return await Promise.race([subgraph.execute(request, viewer), late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
