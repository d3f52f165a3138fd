import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { JWK } from 'jose';
import { type Listening, listen } from '../process/listen.ts';
import type { Log } from '../process/log.ts';
import { ANSWER_BYTES, type AnswerBudget } from '../protocol/answerBudget.ts';
import type { LocalSubgraph, SubgraphRequest, SubgraphResponse } from '../protocol/subgraph.ts';
import { verifyViewer } from '../viewer/viewerToken.ts';
import { writeJson } from './json.ts';

/** A call with 5,000 charges is 1 MB; nothing of ours is larger. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Longer than anybody waits for our answer. */
const MAX_RUNNING_MS = 8_000;

export type SubgraphServer = {
  server: Server;
  listen(port: number, host: string, options?: { replacing?: boolean }): Promise<string>;
  /**
   * Tells those who watch that it leaves, stops accepting when no one is on the way any more, lets what runs end and,
   * in the end, closes what idles. Takes up to twice `graceMs` (0) for those who did not watch.
   */
  close(options?: { graceMs?: number }): Promise<void>;
};

/**
 * Serves one subgraph over HTTP to the gateway and to our other services: `POST /graphql` with a signed viewer for this
 * subgraph, which is checked before the body is even read. `GET /health` says that the process lives, `GET /ready` that
 * its database answers and it is not about to leave; `GET /leaving` is answered when it does.
 */
export function createSubgraphServer(
  subgraph: LocalSubgraph,
  { trustedKeys, log }: { trustedKeys: Record<string, JWK>; log: Log },
): SubgraphServer {
  let listening: Listening | null = null;
  const watchers = new Set<ServerResponse>();
  let isLeaving = false;
  const server = createServer(
    { requestTimeout: 20_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 },
    (request, response) => {
      if (request.method === 'GET' && request.url === '/leaving') return watch(response);
      void serve(request, response);
    },
  );

  /** The answer begins when we are about to leave, and ends when we listen no more. */
  function watch(response: ServerResponse): void {
    watchers.add(response);
    response.once('close', () => watchers.delete(response));
    if (isLeaving) beginLeaving(response);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, pieces } = await answer(request)
      .then(async ({ status, body, bytes = 0 }) => ({ status, pieces: await writeJson(body, bytes) }))
      .catch((error: unknown) => {
        log.error({ err: error }, 'subgraph server');
        const body = refusal('INTERNAL_SERVER_ERROR', 'Something went wrong on our side.');
        return { status: 500, pieces: [Buffer.from(JSON.stringify(body))] };
      });
    send(response, status, pieces, isLeaving);
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    if (request.method === 'GET' && request.url === '/health') return { status: 200, body: { status: 'alive' } };
    if (request.method === 'GET' && request.url === '/ready') return await readiness();
    if (request.method !== 'POST' || request.url !== '/graphql') {
      return { status: 404, body: refusal('NOT_FOUND', 'A subgraph answers POST /graphql.') };
    }
    const [header = '', ...others] = request.headersDistinct.authorization ?? [];
    const token = others.length > 0 ? '' : (/^Bearer (.+)$/.exec(header)?.[1] ?? '');
    const viewer = await verifyViewer(token, { keys: trustedKeys, audience: subgraph.name });
    if (viewer === null)
      return { status: 401, body: refusal('UNAUTHENTICATED', 'A subgraph answers to its gateway and services only.') };
    const body = await readBody(request);
    if (body === null) return { status: 413, body: refusal('PAYLOAD_TOO_LARGE', 'The body is too large.') };
    const operation = readOperation(body);
    if (operation === null) return { status: 400, body: refusal('BAD_REQUEST', 'The body is no GraphQL request.') };
    const most = readBudget(request);
    const budget: AnswerBudget = { left: most };
    const response = await subgraph.execute({ ...operation, budget }, viewer);
    return { status: 200, body: response, bytes: most - budget.left };
  }

  async function readiness(): Promise<Answer> {
    if (isLeaving) return { status: 503, body: { status: 'leaving' } };
    try {
      await subgraph.ready();
      return { status: 200, body: { status: 'ready' } };
    } catch {
      return { status: 503, body: { status: 'the database does not answer' } };
    }
  }

  return {
    server,
    async listen(port, host, { replacing = false } = {}) {
      listening = await listen(server, { port, host, replacing });
      return `http://${host}:${listening.address.port}/graphql`;
    },
    async close({ graceMs = 0 } = {}) {
      isLeaving = true;
      for (const watcher of watchers) beginLeaving(watcher);
      await listening?.quiet(graceMs);
      const closed = listening?.closed();
      for (const watcher of watchers) watcher.end('{"status":"left"}');
      // Who did not watch ends its connection with the next call.
      await listening?.deserted(graceMs);
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), MAX_RUNNING_MS);
      await closed;
      clearTimeout(late);
    },
  };
}

function beginLeaving(watcher: ServerResponse): void {
  watcher.writeHead(200, { 'content-type': 'application/json; charset=utf-8', connection: 'close' }).flushHeaders();
}

const refusal = (code: string, message: string): SubgraphResponse => ({ errors: [{ message, extensions: { code } }] });

/** With about how many bytes it is, when it may be many. */
type Answer = { status: number; body: object; bytes?: number };

function send(response: ServerResponse, status: number, pieces: readonly Buffer[], last: boolean): void {
  if (last) response.setHeader('connection', 'close');
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': pieces.reduce((sum, { length }) => sum + length, 0),
  });
  for (const piece of pieces) response.write(piece);
  response.end();
}

/** The body as text; null when it is larger than ours ever are. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What the caller takes; as much as there is when it says nothing. */
function readBudget({ headers }: IncomingMessage): number {
  const said = headers[ANSWER_BYTES];
  return typeof said === 'string' && /^\d{1,15}$/.test(said) ? Number(said) : Number.MAX_SAFE_INTEGER;
}

function readOperation(body: string): SubgraphRequest | null {
  try {
    const { query, variables, operationName } = JSON.parse(body) as SubgraphRequest;
    return typeof query === 'string' ? { query, variables, operationName } : null;
  } catch {
    return null;
  }
}
