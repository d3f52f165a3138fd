import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type { LocalSubgraph, Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { unreachable } from '@comptoir/shared/service/deadline.ts';
import { remoteSubgraph } from '@comptoir/shared/service/remoteSubgraph.ts';
import { createSubgraphServer } from '@comptoir/shared/service/subgraphServer.ts';
import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import pino from 'pino';
import { createGateway, type Gateway, type GatewayOptions } from './server.ts';
import { composeSupergraph } from './supergraph/supergraph.ts';
import {
  accessToken,
  goodStanding,
  type KeyPair,
  keyPair,
  type TestGraph,
  testGraph,
  testLog,
} from './testing/graph.ts';

let identityKey: KeyPair;
let gatewayKey: KeyPair;
let gateway: Gateway | null = null;
let url: string;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [identityKey, gatewayKey] = await Promise.all([keyPair(), keyPair()]);
});

afterEach(async () => {
  await gateway?.drain({ deadlineMs: 0 });
  gateway = null;
  for (const close of closing.splice(0)) await close();
});

async function start(graph: TestGraph, options: Partial<GatewayOptions> = {}): Promise<void> {
  const isReady = async (): Promise<void> => undefined;
  gateway = await createGateway({ ...graph, accessKey: identityKey.public, isReady, log: testLog, ...options });
  url = await gateway.listen(0);
}

type Answer = {
  data: Record<string, unknown> | null;
  errors?: { message: string; path?: unknown; extensions: Record<string, unknown> }[];
};

async function ask(
  query: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; body: Answer }> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) };
}

/** The subgraph behind its HTTP server, as one in another process would be. */
async function serveSubgraph(subgraph: LocalSubgraph): Promise<string> {
  const server = createSubgraphServer(subgraph, { trustedKeys: { gateway: gatewayKey.public }, log: testLog });
  closing.push(() => server.close());
  return await server.listen(0, '127.0.0.1');
}

function remote(name: SubgraphName, at: string, timeoutMs = 30_000): Subgraph {
  const subgraph = remoteSubgraph({
    name,
    url: at,
    key: gatewayKey.private,
    issuer: 'gateway',
    log: testLog,
    timeoutMs,
  });
  closing.push(() => subgraph.close());
  return subgraph;
}

/** Both topologies: the promise is that they behave alike. */
async function startIn(topology: string, graph: TestGraph): Promise<void> {
  if (topology === 'one process') return await start(graph);
  const subgraphs: GatewayOptions['subgraphs'] = {};
  for (const subgraph of Object.values(graph.subgraphs)) {
    subgraphs[subgraph.name] = remote(subgraph.name, await serveSubgraph(subgraph));
  }
  await start(graph, { subgraphs });
}

const FLEET = '{ clients { id trackers { id payer { id name owner { name tags { text } } } } } }';

test.each(['one process', 'services'])(
  '%s: a joined query asks for each entity once and gives it everywhere',
  async (topology) => {
    const graph = testGraph();
    await startIn(topology, graph);
    const { body } = await ask(FLEET);
    const payer = { id: 'p', name: 'Account p', owner: { name: 'User u', tags: [{ text: 'one' }] } };
    expect(body).toEqual({
      data: {
        clients: ['a', 'b', 'c'].map((id) => ({ id, trackers: [1, 2].map((n) => ({ id: `${id}${n}`, payer })) })),
      },
    });
    const entities = graph.asked.flatMap(({ subgraph, request }) => {
      const representations = request.variables?.representations;
      return representations === undefined ? [] : [{ subgraph, count: (representations as unknown[]).length }];
    });
    expect(entities).toEqual([
      { subgraph: 'trackers', count: 3 },
      { subgraph: 'accounts', count: 1 },
      { subgraph: 'identity', count: 1 },
    ]);
  },
);

test.each(['one process', 'services'])('%s: the viewer arrives as it was made', async (topology) => {
  const graph = testGraph();
  graph.standings.set('session', goodStanding);
  await startIn(topology, graph);
  const authorization = `Bearer ${await accessToken(identityKey.private)}`;
  const { body } = await ask('{ viewer { kind userId areas requestId } }', {
    authorization,
    'x-request-id': 'request-1',
  });
  const viewer = { kind: 'PERSON', userId: 'user', areas: ['BILLING:READ', 'TRACKERS:WRITE'], requestId: 'request-1' };
  expect(body).toEqual({ data: { viewer } });
});

test('an error about a shared entity stands at each of its places, at the right path', async () => {
  await start(testGraph());
  const { body } = await ask('{ clients { id trackers { id payer { id secret } } } }');
  expect(body.errors?.map(({ path }) => path)).toEqual(
    [0, 1, 2].flatMap((client) => [0, 1].map((tracker) => ['clients', client, 'trackers', tracker, 'payer', 'secret'])),
  );
  expect(body.errors?.[0]).toMatchObject({ message: 'Not for you: p', extensions: { code: 'FORBIDDEN' } });
  expect(body.data).toMatchObject({ clients: [{ trackers: [{ payer: { id: 'p', secret: null } }, {}] }, {}, {}] });
});

test('with a subgraph down the rest answers, in a process of its own or not', async () => {
  const graph = testGraph();
  const nobody = await serveSubgraph(graph.subgraphs.trackers);
  for (const close of closing.splice(0)) await close();
  await start(graph, { subgraphs: { ...graph.subgraphs, trackers: remote('trackers', nobody) } });
  const { status, body, text } = await ask('{ clients { id } trackerCount }');
  expect(status).toBe(200);
  expect(body.data).toEqual({ clients: [{ id: 'a' }, { id: 'b' }, { id: 'c' }], trackerCount: null });
  expect(body.errors).toEqual([
    { message: expect.any(String), extensions: { code: 'SUBGRAPH_UNAVAILABLE', retryAfter: 1 } },
  ]);
  expect(text).not.toMatch(/127\.0\.0\.1|ECONNREFUSED|"serviceName"/);
});

test('a slow subgraph is not waited for beyond what is configured, and not asked again', async () => {
  const graph = testGraph();
  const held = Promise.withResolvers<void>();
  graph.held = held.promise;
  // Long enough for the one that does answer, on any machine.
  await start(graph, { subgraphTimeoutMs: 2_000 });
  const { body } = await ask('{ trackerCount held }');
  expect(body.data).toEqual({ trackerCount: 6, held: null });
  expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(['SUBGRAPH_TIMEOUT']);

  const before = graph.asked.length;
  const change = await ask('mutation { held }');
  expect(change.body.errors?.[0]?.extensions.code).toBe('SUBGRAPH_TIMEOUT');
  expect(graph.asked.length - before).toBe(1);
  held.resolve();
});

test('a subgraph that is slow over HTTP times out too', async () => {
  const graph = testGraph();
  const held = Promise.withResolvers<void>();
  graph.held = held.promise;
  await start(graph, {
    subgraphs: { ...graph.subgraphs, accounts: remote('accounts', await serveSubgraph(graph.subgraphs.accounts), 200) },
  });
  const { body } = await ask('{ held trackerCount }');
  expect(body.data).toEqual({ held: null, trackerCount: 6 });
  expect(body.errors?.[0]?.extensions.code).toBe('SUBGRAPH_TIMEOUT');
  held.resolve();
});

test.each([
  ['a page of a proxy', '<html>502</html>'],
  ['an answer without anything', '{}'],
  ['errors that are none', '{"errors":[]}'],
  ['a text', '"data"'],
])('%s in place of an answer is an outage', async (_what, text) => {
  const server = createServer((_request, response) => response.end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => void server.close());
  const trackers = remote('trackers', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const viewer = { kind: 'ANONYMOUS', userId: null, sessionId: null, requestId: 'r', address: null } as const;
  expect(await trackers.execute({ query: '{ trackerCount }' }, viewer)).toEqual(unreachable());
});

test('with identity away who has a token waits outside, and who needs none is served', async () => {
  const graph = testGraph();
  await start(graph, {
    subgraphs: { ...graph.subgraphs, identity: { name: 'identity', execute: async () => unreachable() } },
  });
  const authorization = `Bearer ${await accessToken(identityKey.private)}`;
  const refused = await ask('{ trackerCount }', { authorization });
  expect([refused.status, refused.body.errors?.[0]?.extensions.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  expect((await ask('{ trackerCount }')).body).toEqual({ data: { trackerCount: 6 } });
});

test('a bug goes out as an incident id and is logged under it, with the request id', async () => {
  const lines: string[] = [];
  const log = pino({}, new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) }));
  await start(testGraph(log), { log });
  const { body, text } = await ask('{ broken trackerCount }', { 'x-request-id': 'request-1' });
  expect(body.data).toEqual({ broken: null, trackerCount: 6 });
  expect(body.errors?.[0]).toMatchObject({
    path: ['broken'],
    extensions: { code: 'INTERNAL_SERVER_ERROR', incidentId: expect.any(String) },
  });
  expect(text).not.toMatch(/10\.20\.30\.40|comptoir_|accounts|stack/);
  const incidentId = body.errors?.[0]?.extensions.incidentId as string;
  expect(lines.filter((line) => line.includes(incidentId)).join()).toMatch(/10\.20\.30\.40/);
});

test('what a subgraph throws instead of answering is a bug too, of ours', async () => {
  const lines: string[] = [];
  const log = pino({}, new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) }));
  const graph = testGraph();
  const broken: Subgraph = { name: 'trackers', execute: () => Promise.reject(new Error('at http://10.20.30.40:4004')) };
  await start(graph, { log, subgraphs: { ...graph.subgraphs, trackers: broken } });
  const { body, text } = await ask('{ trackerCount clients { id } }', { 'x-request-id': 'request-1' });
  expect(body.data).toMatchObject({ trackerCount: null, clients: [{}, {}, {}] });
  expect(text).not.toMatch(/10\.20\.30\.40|trackers"/);
  const bug = JSON.parse(
    lines.find((line) => line.includes(body.errors?.[0]?.extensions.incidentId as string)) as string,
  );
  expect(bug).toMatchObject({ requestId: 'request-1', err: { message: 'at http://10.20.30.40:4004' } });
});

test('a denial keeps its code, decision and rule, and nothing else', async () => {
  await start(testGraph());
  const { body } = await ask('{ forbidden }');
  expect(body).toEqual({
    data: { forbidden: null },
    errors: [
      {
        message: 'You are not allowed to do this.',
        path: ['forbidden'],
        extensions: { code: 'FORBIDDEN', decisionId: 'decision-1', rule: 'O10' },
      },
    ],
  });
});

test('an entity that is out of sight where one must be leaves an error, not a silent null', async () => {
  await start(testGraph());
  const { body } = await ask('{ clients { id trackers { lost { name } } } }');
  expect(body.errors?.[0]).toMatchObject({
    path: expect.arrayContaining(['lost']),
    extensions: { code: 'NOT_AVAILABLE' },
  });
  expect(body).not.toHaveProperty('extensions');
});

test('one line per request, without tokens, variables or names', async () => {
  const lines: string[] = [];
  const log = pino({}, new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) }));
  const graph = testGraph();
  graph.standings.set('session', goodStanding);
  await start(graph, { log });
  const token = await accessToken(identityKey.private);
  await ask('mutation LogIn { sessionCreate(name: "somebody@example.com") }', {
    authorization: `Bearer ${token}`,
    'x-request-id': 'request-1',
  });
  await gateway?.drain();
  const requests = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
  expect(requests).toEqual([
    expect.objectContaining({
      requestId: 'request-1',
      operation: 'LogIn',
      viewer: 'PERSON',
      outcome: 'ok',
      status: 200,
      ms: expect.any(Number),
    }),
  ]);
  expect(lines.join()).not.toMatch(/example\.com/);
  expect(lines.join()).not.toContain(token);
});

test('subgraphs that do not fit stop the composition with the reason', () => {
  const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")';
  const identity = `${link} type Query { a: Int } type User { id: ID! }`;
  const accounts = `${link} type Query { b: Int } type User { id: ID! name: String! }`;
  expect(() => composeSupergraph({ identity, accounts })).toThrow(/User\.id.*shareable/s);
});
