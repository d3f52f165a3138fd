import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Log } from '@comptoir/shared/process/log.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { LIMITS } from './operation/limits.ts';
import { createGateway, type Gateway, type GatewayOptions } from './server.ts';
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
let graph: TestGraph;
let gateway: Gateway;
let url: string;

beforeAll(async () => {
  identityKey = await keyPair();
});

async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
  graph = testGraph();
  const isReady = async (): Promise<void> => undefined;
  gateway = await createGateway({ ...graph, accessKey: identityKey.public, isReady, log: testLog, ...options });
  url = await gateway.listen(0);
}

test('operators are told that Apollo executes, and that no mutation of the graph counts as a log-in', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }) as unknown as Log;
  await start({ executor: 'apollo', log });
  expect(lines.filter((line) => line.includes('GATEWAY_EXECUTOR=apollo'))).toHaveLength(1);
  expect(lines.filter((line) => line.includes('no mutation of the graph is @logIn'))).toHaveLength(1);
  expect((await post({ query: '{ __typename }' })).body).toEqual({ data: { __typename: 'Query' } });
});

afterEach(async () => {
  await gateway.drain({ deadlineMs: 0 });
});

type Answer = {
  status: number;
  headers: Headers;
  body: { data?: unknown; errors?: { message: string; extensions: { code: string } }[] };
};

async function post(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

const codeOf = ({ status, body }: Answer): string => `${status} ${body.errors?.[0]?.extensions.code}`;

test('answers anybody, with a request id of its own or the caller’s, and no word of what it runs on', async () => {
  await start();
  const own = await post({ query: '{ viewer { kind address requestId } }' });
  expect(own.body).toEqual({
    data: { viewer: { kind: 'ANONYMOUS', address: '127.0.0.1', requestId: own.headers.get('x-request-id') } },
  });
  const theirs = await post({ query: '{ viewer { requestId } }' }, { 'x-request-id': 'order_17' });
  expect(theirs.headers.get('x-request-id')).toBe('order_17');
  expect(theirs.body).toEqual({ data: { viewer: { requestId: 'order_17' } } });
  expect(theirs.headers.get('x-powered-by')).toBeNull();
  expect(theirs.headers.get('server')).toBeNull();
});

test('a person is who identity says, and G11 holds behind a trusted proxy', async () => {
  await start({ trustedProxies: ['127.0.0.0/8'] });
  graph.standings.set('session', { ...goodStanding, networks: [['198.51.100.0/24']] });
  const authorization = `Bearer ${await accessToken(identityKey.private)}`;
  const query = '{ viewer { kind userId accountId areas address } }';
  const inside = await post({ query }, { authorization, 'x-forwarded-for': '203.0.113.7, ::ffff:198.51.100.9' });
  expect(inside.body.data).toEqual({
    viewer: {
      kind: 'PERSON',
      userId: 'user',
      accountId: 'account',
      areas: ['BILLING:READ', 'TRACKERS:WRITE'],
      address: '198.51.100.9',
    },
  });
  const outside = await post({ query }, { authorization, 'x-forwarded-for': '198.51.100.9, 203.0.113.7' });
  expect(codeOf(outside)).toBe('403 ADDRESS_NOT_ALLOWED');
  expect(outside.body.errors?.[0]?.extensions).toMatchObject({ rule: 'G11', decisionId: expect.any(String) });
  expect(outside.body).not.toHaveProperty('data');
});

test('a token that is none gets 401 and a reason', async () => {
  await start();
  const answer = await post({ query: '{ viewer { kind } }' }, { authorization: 'Bearer nonsense' });
  expect(codeOf(answer)).toBe('401 UNAUTHENTICATED');
  expect(answer.headers.get('www-authenticate')).toBe('Bearer');
});

test.each<[string, string, unknown, Record<string, string>]>([
  ['malformed JSON', '400 BAD_REQUEST', '{"query": ', {}],
  ['a batch', '400 BAD_REQUEST', [{ query: '{ viewer { kind } }' }], {}],
  ['no query', '400 BAD_REQUEST', { variables: {} }, {}],
  ['an empty body', '400 BAD_REQUEST', '', {}],
  ['bytes that are no UTF-8', '400 BAD_REQUEST', new Uint8Array([0x7b, 0xff, 0x7d]), {}],
  [
    'a form',
    '415 UNSUPPORTED_MEDIA_TYPE',
    'query={viewer{kind}}',
    { 'content-type': 'application/x-www-form-urlencoded' },
  ],
  ['plain text', '415 UNSUPPORTED_MEDIA_TYPE', '{"query":"{ viewer { kind } }"}', { 'content-type': 'text/plain' }],
  [
    'another charset',
    '415 UNSUPPORTED_MEDIA_TYPE',
    { query: '{ viewer { kind } }' },
    { 'content-type': 'application/json; charset=latin1' },
  ],
  [
    'a content encoding',
    '415 UNSUPPORTED_MEDIA_TYPE',
    { query: '{ viewer { kind } }' },
    { 'content-encoding': 'gzip' },
  ],
  ['an answer in HTML', '406 NOT_ACCEPTABLE', { query: '{ viewer { kind } }' }, { accept: 'text/html' }],
  ['more than a megabyte', '413 PAYLOAD_TOO_LARGE', { query: 'x'.repeat(LIMITS.bodyBytes) }, {}],
  ['a document that does not parse', '200 GRAPHQL_PARSE_FAILED', { query: '{ viewer {' }, {}],
  ['an unknown field', '200 GRAPHQL_VALIDATION_FAILED', { query: '{ nothing }' }, {}],
  [
    'what is hidden from the graph',
    '200 GRAPHQL_VALIDATION_FAILED',
    { query: '{ credentialStanding(credential: {}) { userId } }' },
    {},
  ],
  [
    'a reach for entities',
    '200 GRAPHQL_VALIDATION_FAILED',
    { query: '{ _entities(representations: []) { __typename } }' },
    {},
  ],
  ['a wrong type', '200 GRAPHQL_VALIDATION_FAILED', { query: 'mutation { sessionCreate(name: 7) }' }, {}],
  [
    'a wrong variable',
    '200 BAD_USER_INPUT',
    { query: 'mutation A($n: String!) { sessionCreate(name: $n) }', variables: { n: [1] } },
    {},
  ],
  [
    'an operation that is not there',
    '200 OPERATION_RESOLUTION_FAILURE',
    { query: '{ viewer { kind } }', operationName: 'B' },
    {},
  ],
  ['a persisted query', '400 BAD_REQUEST', { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }, {}],
  [
    '200 aliased log-ins',
    '400 OPERATION_TOO_LARGE',
    { query: `mutation { ${Array.from({ length: 200 }, (_, n) => `a${n}: sessionCreate(name: "x")`).join(' ')} }` },
    {},
  ],
  [
    'an account that is no id',
    '400 BAD_REQUEST',
    { query: '{ viewer { kind } }' },
    { authorization: 'Bearer x', 'comptoir-account': '7' },
  ],
])('%s: %s, as JSON, and no subgraph hears of it', async (_what, expected, body, headers) => {
  await start();
  const answer = await post(body, headers);
  expect(codeOf(answer)).toBe(expected);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(answer.headers.get('x-request-id')).toBeTruthy();
  expect(answer.body.errors?.[0]?.message).toEqual(expect.any(String));
  expect(graph.asked).toHaveLength(0);
  expect(graph.logIns).toBe(0);
});

test('of a wrong variable it says what is wrong, without quoting it first', async () => {
  await start();
  const query = 'mutation A($n: String!) { sessionCreate(name: $n) }';
  const { body } = await post({ query, variables: { n: [1] } });
  expect(body.errors?.[0]?.message).toBe('Variable "$n": String cannot represent a non string value: [1]');
});

test('a body that does not say how long it is stops at a megabyte', async () => {
  await start();
  const chunk = randomBytes(64 * 1024);
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(chunk);
    },
  });
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: stream,
    duplex: 'half',
  } as RequestInit).catch((error: Error) => error);
  // The connection is closed on a caller that goes on sending; it may or may not read our answer before it notices.
  if (!(response instanceof Error)) expect(response.status).toBe(413);
  expect(codeOf(await post({ query: '' }))).toBe('400 BAD_REQUEST');
});

test('a thousand events fit into one request', async () => {
  await start();
  const event = {
    id: '0198aaaa-bbbb-7ccc-8ddd-eeeeffff0000',
    trackerId: '0198aaaa-bbbb-7ccc-8ddd-eeeeffff0000',
    data: 'x'.repeat(800),
  };
  const body = {
    query: 'mutation A($n: String!) { sessionCreate(name: $n) }',
    variables: { n: 'x', events: Array(1_000).fill(event) },
  };
  expect((await post(body)).status).toBe(200);
});

test('what is not HTTP is answered in JSON too', async () => {
  await start();
  const text = await new Promise<string>((resolve, reject) => {
    let received = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
    socket.setEncoding('utf8').on('data', (chunk) => (received += chunk));
    socket.on('end', () => resolve(received)).on('error', reject);
  });
  expect(text).toMatch(/^HTTP\/1.1 400 /);
  expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({
    errors: [{ extensions: { code: 'BAD_REQUEST' } }],
  });
});

test('methods and paths that are not served say so', async () => {
  await start();
  const put = await fetch(`${url}/graphql`, { method: 'PUT', body: '{}' });
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST']);
  expect(await put.json()).toMatchObject({ errors: [{ extensions: { code: 'METHOD_NOT_ALLOWED' } }] });
  const get = await fetch(`${url}/graphql?query={viewer{kind}}`, { headers: { accept: 'application/json' } });
  expect(get.status).toBe(405);
  const elsewhere = await fetch(`${url}/admin`);
  expect(await elsewhere.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  expect(elsewhere.status).toBe(404);
});

test('the media type of GraphQL over HTTP is answered in kind, and says by its status what is wrong', async () => {
  await start();
  const accept = 'application/graphql-response+json';
  for (const query of ['{ viewer {', '{ nothing }', 'mutation A($n: String!) { sessionCreate(name: $n) }']) {
    expect((await post({ query }, { accept })).status).toBe(400);
  }
  const answer = await post({ query: '{ viewer { kind } }' }, { accept: 'application/graphql-response+json' });
  expect(answer.headers.get('content-type')).toMatch(/^application\/graphql-response\+json; charset=utf-8/);
});

test('a browser gets GraphiQL, from files of our own that it may keep', async () => {
  await start();
  const page = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
  const html = await page.text();
  const paths = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] as string);
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self';/);
  expect(paths).toHaveLength(3);
  expect(html).not.toMatch(/https?:\/\//);
  const boot = await (await fetch(url + paths.find((path) => path.endsWith('boot.js')))).text();
  const workers = [...boot.matchAll(/"(\/graphiql\/[^"]+)"/g)].map((match) => match[1] as string);
  expect(workers).toHaveLength(3);
  expect(boot).toContain('mutation SignIn');
  // The link of a mail leads to the same page, which puts its token into a tab.
  const followed = await fetch(`${url}/welcome?token=x`, { headers: { accept: 'text/html' } });
  expect([followed.status, await followed.text()]).toEqual([200, html]);
  expect((await fetch(`${url}/welcome?token=x`)).status).toBe(404);
  // So does a partner's referral link, with its code.
  const joined = await fetch(`${url}/join?ref=ABCDEFGH23`, { headers: { accept: 'text/html' } });
  expect([joined.status, await joined.text()]).toEqual([200, html]);
  expect(boot).toContain('"from":"ref","to":"referralCode"');
  for (const path of [...paths, ...workers]) {
    const asset = await fetch(url + path, { headers: { 'accept-encoding': 'br' } });
    await asset.arrayBuffer();
    expect([asset.status, asset.headers.get('content-encoding')]).toEqual([200, 'br']);
    expect(asset.headers.get('cache-control')).toMatch(/immutable/);
    const again = await fetch(url + path, { headers: { 'if-none-match': asset.headers.get('etag') as string } });
    expect(again.status).toBe(304);
  }
});

test('pages of allowed origins may read, our own always, others not', async () => {
  await start({ corsOrigins: ['https://app.example.com'] });
  const preflight = (origin: string): Promise<Response> =>
    fetch(`${url}/graphql`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
  const friend = await preflight('https://app.example.com');
  expect([friend.status, friend.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example.com']);
  expect(friend.headers.get('access-control-allow-headers')).toMatch(/Authorization/);
  const stranger = await preflight('https://app.example.com.evil.example');
  expect([stranger.status, stranger.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  expect((await preflight(url)).status).toBe(204);

  const answer = await post({ query: '{ viewer { kind } }' }, { origin: 'https://evil.example' });
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  const read = await post({ query: '{ viewer { kind } }' }, { origin: 'https://app.example.com' });
  expect(read.headers.get('access-control-expose-headers')).toMatch(/Retry-After/);
  expect(read.headers.get('access-control-allow-credentials')).toBeNull();
});

test('alive is not ready', async () => {
  let database = true;
  await start({
    isReady: () => (database ? Promise.resolve() : Promise.reject(new Error('no database at 10.20.30.40'))),
  });
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  database = false;
  const ready = await fetch(`${url}/ready`);
  expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await ready.text()).not.toMatch(/10\.20/);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('what cannot be served in time is shed at once, and the rest is served', async () => {
  await start({ admission: { running: 2, waiting: 1, waitMs: 100 } });
  const held = Promise.withResolvers<void>();
  graph.held = held.promise;
  const running = [post({ query: '{ held }' }), post({ query: '{ held }' })];
  await until(() => graph.asked.length === 2, 'both to be asked');

  const shed = await Promise.all([
    post({ query: '{ held }' }),
    post({ query: '{ held }' }),
    post({ query: '{ held }' }),
  ]);
  expect(shed.map(codeOf)).toEqual(Array(3).fill('503 OVERLOADED'));
  expect(shed.map(({ headers }) => headers.get('retry-after'))).toEqual(['1', '1', '1']);
  expect((await fetch(`${url}/health`)).status).toBe(200);

  held.resolve();
  expect((await Promise.all(running)).map(({ body }) => body)).toEqual(Array(2).fill({ data: { held: 'released' } }));
  expect((await post({ query: '{ held }' })).status).toBe(200);
});

test('a drain lets what runs end, takes nothing new, and says so to those who ask', async () => {
  await start();
  const held = Promise.withResolvers<void>();
  graph.held = held.promise;
  const running = post({ query: 'mutation { held }' });
  await until(() => graph.asked.length === 1, 'one to be asked');

  const drained = gateway.drain();
  await expect(post({ query: '{ viewer { kind } }' })).rejects.toThrow();
  held.resolve();
  const answer = await running;
  expect(answer.body).toEqual({ data: { held: 'released' } });
  expect(answer.headers.get('connection')).toBe('close');
  await drained;
  await expect(gateway.drain()).resolves.toBeUndefined();
});

test('with a grace everything is still served, but readiness says no and connections end', async () => {
  await start();
  const drained = gateway.drain({ graceMs: 3_000 });
  expect((await fetch(`${url}/ready`)).status).toBe(503);
  const answer = await post({ query: '{ viewer { kind } }' });
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  await drained;
  await expect(post({ query: '{ viewer { kind } }' })).rejects.toThrow();
});

test('a taken port is an error to handle, not a crash', async () => {
  await start();
  const second = await createGateway({
    ...graph,
    accessKey: identityKey.public,
    isReady: async () => undefined,
    log: testLog,
  });
  await expect(second.listen(Number(new URL(url).port))).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await second.drain({ deadlineMs: 0 });
});
