import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';
import type { Log } from './log.ts';
import type { LocalSubgraph, SubgraphRequest, SubgraphResponse } from './subgraph.ts';
import { verifyViewer } from './viewerToken.ts';

/** A call with 5,000 charges is 1 MB; nothing of ours is larger. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

export type SubgraphServer = {
  server: Server;
  listen(port: number, host: string): Promise<string>;
  /** Stops accepting, lets what runs end, closes what idles. */
  close(): Promise<void>;
};

/**
 * Serves one subgraph over HTTP to the gateway and to our other services: `POST /graphql` with a signed viewer for this subgraph, which is checked
 * before the body is even read. `GET /health` says that the process lives, `GET /ready` that its database answers.
 */
export function createSubgraphServer(
  subgraph: LocalSubgraph,
  { trustedKeys, log }: { trustedKeys: Record<string, JWK>; log: Log },
): SubgraphServer {
  const server = createServer(
    { requestTimeout: 20_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 },
    (request, response) => {
      answer(request).then(
        ({ status, body }) => send(response, status, body),
        (error: unknown) => {
          log.error({ err: error }, 'subgraph server');
          send(response, 500, refusal('INTERNAL_SERVER_ERROR', 'Something went wrong on our side.'));
        },
      );
    },
  );

  async function answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    if (request.method === 'GET' && request.url === '/health') return { status: 200, body: { status: 'alive' } };
    if (request.method === 'GET' && request.url === '/ready') return await readiness();
    if (request.method !== 'POST' || request.url !== '/graphql') {
      return { status: 404, body: refusal('NOT_FOUND', 'A subgraph answers POST /graphql.') };
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const viewer = await verifyViewer(token, { keys: trustedKeys, audience: subgraph.name });
    if (viewer === null)
      return { status: 401, body: refusal('UNAUTHENTICATED', 'A subgraph answers to its gateway and services only.') };
    const body = await readBody(request);
    if (body === null) return { status: 413, body: refusal('PAYLOAD_TOO_LARGE', 'The body is too large.') };
    const operation = readOperation(body);
    if (operation === null) return { status: 400, body: refusal('BAD_REQUEST', 'The body is no GraphQL request.') };
    return { status: 200, body: await subgraph.execute(operation, viewer) };
  }

  async function readiness(): Promise<{ status: number; body: object }> {
    try {
      await subgraph.ready();
      return { status: 200, body: { status: 'ready' } };
    } catch {
      return { status: 503, body: { status: 'the database does not answer' } };
    }
  }

  return {
    server,
    async listen(port, host) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
      return `http://${host}:${(server.address() as AddressInfo).port}/graphql`;
    },
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      await closed;
    },
  };
}

const refusal = (code: string, message: string): SubgraphResponse => ({ errors: [{ message, extensions: { code } }] });

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** The body as text; null when it is larger than ours ever are. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_BYTES_MAX) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readOperation(body: string): SubgraphRequest | null {
  try {
    const { query, variables, operationName } = JSON.parse(body) as SubgraphRequest;
    return typeof query === 'string' ? { query, variables, operationName } : null;
  } catch {
    return null;
  }
}
