import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { HeaderMap } from '@apollo/server';
import { type Listening, listen } from '@comptoir/shared/process/listen.ts';
import type { Log } from '@comptoir/shared/process/log.ts';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { withDeadline } from '@comptoir/shared/service/deadline.ts';
import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { GraphQLError } from 'graphql';
import type { JWK } from 'jose';
import { loggerOf, startApollo } from './apollo.ts';
import { createAuthenticate } from './caller/authenticate.ts';
import { createDenials } from './caller/denials.ts';
import { createKeyUses } from './caller/keyUses.ts';
import type { GatewayContext, Trace } from './context.ts';
import type { ExecutorName, Introspection } from './env.ts';
import { refusal, shapeError } from './errors/errors.ts';
import { createGraphiql, isMailedLink } from './graphiql/graphiql.ts';
import { type AdmissionLimits, createAdmission } from './http/admission.ts';
import { refuseBadHttp } from './http/badHttp.ts';
import { clientAddress } from './http/clientAddress.ts';
import { allowOrigin, PREFLIGHT_HEADERS } from './http/cors.ts';
import {
  checkContentType,
  checkHeaders,
  headerText,
  parseBody,
  readBody,
  readRequestId,
  responseType,
  wantsHtml,
} from './http/httpRequest.ts';
import { inTurn } from './http/inTurn.ts';
import { checkReady } from './http/ready.ts';
import { answer, endConnection, sendPieces } from './http/respond.ts';
import { createShedding, overloaded } from './http/shed.ts';
import { checkLimits, readServedGraph } from './operation/limits.ts';
import { planGateway } from './plan/planGateway.ts';
import { AFTER_DATA } from './plan/written.ts';
import { composeSupergraph } from './supergraph/supergraph.ts';

export type GatewayOptions = {
  /** Each subgraph, an object in this process or a `remoteSubgraph`; and its SDL. Identity must be among them. */
  subgraphs: Partial<Record<SubgraphName, Subgraph>>;
  sdls: Partial<Record<SubgraphName, string>>;
  /** Identity's public key, which signs access tokens. */
  accessKey: JWK;
  /** Resolves when every subgraph answers. Asked by `/ready`. */
  isReady: () => Promise<void>;
  log: Log;
  /** CIDR list of the proxies whose `X-Forwarded-For` is believed. */
  trustedProxies?: readonly string[];
  corsOrigins?: readonly string[];
  introspection?: Introspection;
  subgraphTimeoutMs?: number;
  answerBytes?: number;
  /** Who carries out plans; we do, if unsaid. */
  executor?: ExecutorName;
  admission?: AdmissionLimits;
  /** How long a drain goes on serving before it stops accepting; none if unsaid. */
  drainGraceMs?: number;
  /** That another gateway listens on the port, which this one replaces. */
  replacing?: boolean;
};

export type Gateway = {
  server: Server;
  /**
   * Serves what these subgraphs compose to from now on. What runs ends by the old graph, which stays if this throws.
   */
  update(sdls: Partial<Record<SubgraphName, string>>): void;
  /** Resolves with the address in use, port 0 meaning any free one; rejects when the port is taken. */
  listen(port: number, host?: string): Promise<string>;
  /**
   * Stops accepting, lets what runs end within `deadlineMs` (10 s), then stops the rest. Safe to call twice. For
   * `graceMs` before that, `/ready` says no and every answer ends its connection, so that a load balancer can turn away
   * without a broken request. For `lingerMs` (0) after it, connections that idle are kept: their callers may be about
   * to use them, and cannot know whether what they send into a closing one was done.
   */
  drain(limits?: { deadlineMs?: number; graceMs?: number; lingerMs?: number }): Promise<void>;
};

/** How many sockets listen. */
const ACCEPTORS = 8;

const DEFAULT_ADMISSION: AdmissionLimits = { running: 100, waiting: 50, waitMs: 100 };

/** Makes the gateway: composes, plans, serves. Rejects with the text of a composition error. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const {
    log,
    sdls,
    accessKey,
    trustedProxies = [],
    corsOrigins = [],
    introspection = 'on',
    subgraphTimeoutMs = 4_500,
  } = options;
  const subgraphs = Object.fromEntries(
    Object.entries(options.subgraphs).map(([name, subgraph]) => [name, withDeadline(subgraph, subgraphTimeoutMs)]),
  );
  if (subgraphs.identity === undefined) throw new Error('The gateway needs the subgraph identity.');

  const running = new AsyncLocalStorage<Log>();
  const requestLog = (): Log => running.getStore() ?? log;
  const supergraph = composeSupergraph(sdls);
  let graph = readServedGraph(supergraph, log);
  const { answerBytes, executor } = options;
  const gateway = planGateway(supergraph, subgraphs, {
    executor,
    queryMs: subgraphTimeoutMs + 400,
    answerBytes,
    logger: loggerOf(log),
  });
  if (executor === 'apollo')
    log.warn('GATEWAY_EXECUTOR=apollo: plans are carried out by @apollo/gateway, which answers some operations worse.');
  const apollo = await startApollo({ gateway, introspection, log, requestLog });
  const keyUses = createKeyUses(subgraphs.identity, log);
  const authenticate = createAuthenticate(
    subgraphs.identity,
    accessKey,
    keyUses.used,
    createDenials(subgraphs.identity, log),
  );
  const admission = createAdmission(options.admission ?? DEFAULT_ADMISSION);
  const shed = createShedding(log);
  const graphiql = createGraphiql();
  const answering = new Set<ServerResponse>();
  let listening: Listening | null = null;
  let draining: Promise<void> | null = null;

  const server = createServer(
    // Node's own refusal of a request without a host has no body.
    { requestTimeout: 20_000, headersTimeout: 10_000, keepAliveTimeout: 65_000, requireHostHeader: false },
    inTurn((request, response) => {
      const requestId = readRequestId(request.headers['x-request-id']);
      const trace: Trace = { requestId, operation: null, viewer: null, outcome: 'ok' };
      const child = log.child({ requestId });
      response.setHeader('x-request-id', requestId);
      response.setHeader('x-content-type-options', 'nosniff');
      answering.add(response);
      response.once('close', () => answering.delete(response));
      if (draining !== null) endConnection(response);
      void running.run(child, () =>
        route(request, response, trace).catch((error: unknown) => fail(response, error, trace)),
      );
    }),
  );
  server.on('clientError', refuseBadHttp);

  async function route(request: IncomingMessage, response: ServerResponse, trace: Trace): Promise<void> {
    checkHeaders(request);
    const path = (request.url ?? '/').split('?', 1)[0] as string;
    const reading = request.method === 'GET' || request.method === 'HEAD';
    if (path === '/graphql') {
      const known = allowOrigin(request, response, corsOrigins);
      if (request.method === 'POST') {
        return admission.isFull() ? shed(request, response) : await serveOperation(request, response, trace);
      }
      if (request.method === 'OPTIONS') {
        if (!known) throw refusal(403, 'ORIGIN_NOT_ALLOWED', 'Pages of this origin may not call us.');
        response.writeHead(204, { allow: 'POST, GET', ...PREFLIGHT_HEADERS }).end();
        return;
      }
      if (reading && wantsHtml(request)) return await graphiql.page(request, response);
      throw refusal(405, 'METHOD_NOT_ALLOWED', 'POST your operation as JSON.', { headers: { allow: 'POST' } });
    }
    if (!reading) throw refusal(404, 'NOT_FOUND', 'The graph is at /graphql.');
    if (path === '/health') return answer(response, 200, { status: 'alive' });
    if (path === '/ready') {
      await checkReady(draining === null ? options.isReady : null, requestLog());
      return answer(response, 200, { status: 'ready' });
    }
    if (path === '/') {
      response.writeHead(302, { location: '/graphql' }).end();
      return;
    }
    if (isMailedLink(path) && wantsHtml(request)) return await graphiql.page(request, response);
    if (path.startsWith('/graphiql/') && (await graphiql.asset(path, request, response))) return;
    throw refusal(404, 'NOT_FOUND', 'The graph is at /graphql.');
  }

  /** The way of an operation: each step is cheaper than the next, and refuses before it. */
  async function serveOperation(request: IncomingMessage, response: ServerResponse, trace: Trace): Promise<void> {
    const started = performance.now();
    response.once('close', () => {
      const ms = Math.round(performance.now() - started);
      const outcome = response.writableFinished ? trace.outcome : 'caller left';
      log.info({ ...trace, outcome, status: response.statusCode, ms }, 'request');
    });

    checkContentType(request);
    const accept = responseType(request.headers.accept);
    if (accept === null)
      throw refusal(406, 'NOT_ACCEPTABLE', 'We answer in application/json or application/graphql-response+json.');
    const bytes = await readBody(request);
    if (!(await admission.enter())) throw overloaded();
    try {
      const body = parseBody(bytes);
      const breach = checkLimits(body.query, graph);
      if (breach !== null) throw breach;

      const made: GatewayContext['answer'] = { written: null };
      const result = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: 'POST',
          headers: new HeaderMap([
            ['content-type', 'application/json'],
            ['accept', accept],
          ]),
          search: '',
          body,
        },
        context: async () => {
          const address = clientAddress(
            request.socket.remoteAddress,
            headerText(request, 'x-forwarded-for'),
            trustedProxies,
          );
          const viewer = await authenticate(request.headers, { requestId: trace.requestId, address }).catch(
            (error: unknown) => {
              trace.outcome = error instanceof GraphQLError ? String(error.extensions.code) : 'INTERNAL_SERVER_ERROR';
              throw error;
            },
          );
          trace.viewer = viewer.kind;
          return { viewer, trace, changed: () => authenticate.forget(viewer), answer: made };
        },
      });
      for (const [name, value] of result.headers) response.setHeader(name, value);
      // GraphQL over HTTP: plain JSON SHOULD come with 200 whatever is wrong in the document, because such clients read
      // the body only then. The newer media type says it by the status.
      const inDocument = result.status === 400 && trace.viewer !== null && accept === 'application/json';
      const text = result.body.kind === 'complete' ? result.body.string : '';
      const { written } = made;
      sendPieces(
        response,
        inDocument ? 200 : (result.status ?? 200),
        written === null ? [Buffer.from(text)] : [Buffer.from(text), ...written.pieces, AFTER_DATA],
      );
    } finally {
      admission.leave();
    }
  }

  /** Answers what was thrown on the way in the shape of a GraphQL error, whatever it is. */
  function fail(response: ServerResponse, error: unknown, trace: Trace): void {
    const known = error instanceof GraphQLError;
    const code = known ? String(error.extensions.code) : 'INTERNAL_SERVER_ERROR';
    trace.outcome = code;
    const message = known ? error.message : 'Unexpected';
    const shaped = shapeError(
      { message, extensions: { ...(known ? error.extensions : {}), code } },
      error,
      requestLog(),
    );
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const http = known ? (error.extensions.http as { status: number; headers: HeaderMap } | undefined) : undefined;
    for (const [name, value] of http?.headers ?? []) response.setHeader(name, value);
    const status = http?.status ?? (known ? 400 : 500);
    // The rest of a body that we did not read would be taken for the next request.
    if (!response.req.complete) endConnection(response);
    answer(response, status, { errors: [shaped] });
  }

  return {
    server,
    update(next) {
      const renewed = composeSupergraph(next);
      gateway.update(renewed);
      graph = readServedGraph(renewed, log);
    },
    async listen(port, host = '127.0.0.1') {
      listening = await listen(server, { port, host, acceptors: ACCEPTORS, replacing: options.replacing ?? false });
      const { port: used, family, address } = listening.address;
      return `http://${family === 'IPv6' ? `[${address}]` : address}:${used}`;
    },
    drain({ deadlineMs = 10_000, graceMs = options.drainGraceMs ?? 0, lingerMs = 0 } = {}) {
      draining ??= stop(deadlineMs, graceMs, lingerMs);
      return draining;
    },
  };

  async function stop(deadlineMs: number, graceMs: number, lingerMs: number): Promise<void> {
    for (const response of answering) endConnection(response);
    if (graceMs > 0) await pause(graceMs);
    const timer = setTimeout(() => server.closeAllConnections(), deadlineMs);
    const closed = listening?.closed();
    await listening?.deserted(lingerMs);
    server.closeIdleConnections();
    await closed;
    clearTimeout(timer);
    await keyUses.stop();
    await apollo.stop();
  }
}
