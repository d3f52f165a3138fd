import type { JWK } from 'jose';
import { Agent } from 'undici';
import type { Log } from '../process/log.ts';
import { ANSWER_BYTES, type AnswerBudget, isSpent } from '../protocol/answerBudget.ts';
import { answerTooLarge, isTooLarge } from '../protocol/answerTooLarge.ts';
import type { Subgraph, SubgraphResponse } from '../protocol/subgraph.ts';
import type { SubgraphName } from '../values/subgraphs.ts';
import type { Viewer } from '../viewer/viewer.ts';
import { signViewer } from '../viewer/viewerToken.ts';
import { brokenOff, timedOut, unreachable } from './deadline.ts';
import { readJson } from './json.ts';
import { watchPresence } from './presence.ts';

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
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * What a person reads waits no longer for a service that is being replaced: should no one replace it, that is told
 * within a second (GUARD).
 */
const READ_PATIENCE_MS = 800;

/** By these a call tells that it met no one, and nothing of it was sent. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);

/**
 * A subgraph in another process, called over HTTP with a signed viewer. Never throws: SUBGRAPH_UNAVAILABLE within a
 * second when no one is there, SUBGRAPH_TIMEOUT after `timeoutMs` (5 s). Sends each operation once; what meets a
 * service that is being replaced, and was not sent yet, waits for the next one: what people read for 0.8 s, changes and
 * services nearly until `timeoutMs`.
 */
export function remoteSubgraph(options: RemoteSubgraphOptions): Subgraph & { close(): Promise<void> } {
  const { name, key, issuer, timeoutMs = 5_000, connections = 64 } = options;
  const { origin, pathname } = new URL(options.url);
  const log = options.log.child({ subgraph: name });
  const openAgent = (): Agent =>
    new Agent({
      connect: { timeout: 900 },
      connections,
      pipelining: 1,
      // Below the five seconds after which a Node server closes an idle connection, so that we never write into a
      // closing one.
      keepAliveTimeout: 4_000,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
  let agent = openAgent();
  const presence = watchPresence(origin, () => {
    // What was sent ends where it is; the connections end with it, which is what a service that leaves waits for.
    agent.close().catch(() => undefined);
    agent = openAgent();
  });

  return {
    name,
    async execute({ budget, ...request }, viewer) {
      const began = performance.now();
      const patient = viewer.kind === 'SERVICE' || /^\s*mutation\b/.test(request.query);
      const patienceUntil = began + (patient ? timeoutMs * 0.9 : READ_PATIENCE_MS);
      const signal = AbortSignal.timeout(timeoutMs);
      // Before it is asked who is there: what takes time in between, such as a signature, makes the answer an old one.
      const headers = { ...(await headersFor(viewer)), ...budgetHeader(budget) };
      while (await presence.comes(patienceUntil - performance.now())) {
        const sending = performance.now();
        try {
          const { statusCode, body } = await agent.request({
            origin,
            path: pathname,
            method: 'POST',
            headers,
            body: JSON.stringify(request),
            signal,
          });
          const answer = readAnswer(await readJson(counted(body, budget)));
          if (budget !== undefined && isSpent(budget)) return answerTooLarge();
          // The other side counts by itself, and tells us.
          if (budget !== undefined && answer !== null && isTooLarge(answer)) budget.left = -1;
          if (answer !== null) return answer;
          log.warn({ requestId: viewer.requestId, statusCode }, 'subgraph gave no GraphQL answer');
          return unreachable();
        } catch (error) {
          const { name: kind, code = '', syscall } = error as NodeJS.ErrnoException;
          const unsent = UNSENT.has(code) || syscall === 'connect';
          if (unsent && performance.now() < patienceUntil) {
            presence.missed(sending);
            continue;
          }
          log.warn({ requestId: viewer.requestId, err: error }, 'subgraph call failed');
          if (kind === 'TimeoutError') return timedOut();
          return unsent ? unreachable() : brokenOff();
        }
      }
      log.warn({ requestId: viewer.requestId }, 'subgraph is away');
      return unreachable();
    },
    async close() {
      await Promise.all([presence.close(), agent.close()]);
    },
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

const budgetHeader = (budget: AnswerBudget | undefined): Record<string, string> =>
  budget === undefined ? {} : { [ANSWER_BYTES]: String(Math.max(0, Math.floor(budget.left))) };

/** What comes; no more than we take: the rest is not read. */
async function* counted(body: AsyncIterable<Buffer>, budget: AnswerBudget | undefined): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    if (budget !== undefined) {
      budget.left -= chunk.length;
      // Leaving the loop ends the connection.
      if (isSpent(budget)) return;
    }
    yield chunk;
  }
}

/** A GraphQL answer, whatever its status; null when it is none (a proxy's error page, say). */
function readAnswer(read: unknown): SubgraphResponse | null {
  if (typeof read !== 'object' || read === null) return null;
  const { data, errors } = read as SubgraphResponse;
  const usable =
    errors === undefined ? data !== undefined && data !== null : Array.isArray(errors) && errors.length > 0;
  return usable ? { data, errors } : null;
}
