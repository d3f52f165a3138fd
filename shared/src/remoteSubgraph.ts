import type { JWK } from 'jose';
import { Agent } from 'undici';
import { timedOut, unreachable } from './deadline.ts';
import type { Log } from './log.ts';
import type { Subgraph, SubgraphResponse } from './subgraph.ts';
import type { SubgraphName } from './subgraphs.ts';
import type { Viewer } from './viewer.ts';
import { signViewer } from './viewerToken.ts';

export type RemoteSubgraphOptions = {
  name: SubgraphName;
  /** Of its GraphQL endpoint. */
  url: string;
  /** Private key of the service that calls, and its name. */
  key: JWK;
  issuer: SubgraphName | 'gateway';
  log: Log;
  timeoutMs?: number;
  connections?: number;
};

/** More than any answer that our limits admit; a subgraph gone wild must not fill our memory. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/**
 * A subgraph in another process, called over HTTP with a signed viewer. Never throws: SUBGRAPH_UNAVAILABLE within a second when nobody
 * is there, SUBGRAPH_TIMEOUT after `timeoutMs` (5 s). Sends each operation once.
 */
export function remoteSubgraph(options: RemoteSubgraphOptions): Subgraph & { close(): Promise<void> } {
  const { name, key, issuer, timeoutMs = 5_000, connections = 64 } = options;
  const { origin, pathname } = new URL(options.url);
  const log = options.log.child({ subgraph: name });
  const agent = new Agent({
    connect: { timeout: 900 },
    connections,
    pipelining: 1,
    // Below the five seconds after which a Node server closes an idle connection, so that we never write into a closing one.
    keepAliveTimeout: 4_000,
    maxResponseSize: ANSWER_BYTES_MAX,
  });

  return {
    name,
    async execute(request, viewer) {
      try {
        const { statusCode, body } = await agent.request({
          origin,
          path: pathname,
          method: 'POST',
          headers: await headersFor(viewer),
          body: JSON.stringify(request),
          signal: AbortSignal.timeout(timeoutMs),
        });
        const answer = readAnswer(await body.text());
        if (answer !== null) return answer;
        log.warn({ requestId: viewer.requestId, statusCode }, 'subgraph gave no GraphQL answer');
        return unreachable();
      } catch (error) {
        log.warn({ requestId: viewer.requestId, err: error }, 'subgraph call failed');
        return (error as Error).name === 'TimeoutError' ? timedOut() : unreachable();
      }
    },
    close: () => agent.close(),
  };

  async function headersFor(viewer: Viewer): Promise<Record<string, string>> {
    return {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${await signViewer(viewer, { key, issuer, audience: name })}`,
      'x-request-id': viewer.requestId,
    };
  }
}

/** A GraphQL answer, whatever its status; null when the text is none (a proxy's error page, say). */
function readAnswer(text: string): SubgraphResponse | null {
  try {
    const { data, errors } = JSON.parse(text) as SubgraphResponse;
    const usable =
      errors === undefined ? data !== undefined && data !== null : Array.isArray(errors) && errors.length > 0;
    return usable ? { data, errors } : null;
  } catch {
    return null;
  }
}
