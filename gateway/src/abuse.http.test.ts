import { connect } from 'node:net';
import { PORTS_CAN_BE_SHARED } from '@comptoir/shared/process/listen.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { createGateway, type Gateway, type GatewayOptions } from './server.ts';
import { type KeyPair, keyPair, type TestGraph, testGraph, testLog } from './testing/graph.ts';

/** What callers do to a server rather than to the graph. */
let key: KeyPair;
let graph: TestGraph;
const gateways: Gateway[] = [];

beforeAll(async () => {
  key = await keyPair();
});
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.drain({ deadlineMs: 0 });
});

async function open(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const isReady = async (): Promise<void> => undefined;
  const gateway = await createGateway({ ...graph, accessKey: key.public, isReady, log: testLog, ...options });
  gateways.push(gateway);
  return gateway;
}

async function start(options: Partial<GatewayOptions> = {}): Promise<string> {
  graph = testGraph();
  return await (await open(options)).listen(0);
}

const message = (query: string, headers: string[] = ['Host: x']): string => {
  const body = JSON.stringify({ query });
  const head = [
    'POST /graphql HTTP/1.1',
    ...headers,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
};

/** A connection, what came on it so far, and whether it has ended. */
function dial(url: string, bytes: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
  const seen = { text: '', ended: false, socket };
  socket.setEncoding('utf8').on('data', (chunk) => {
    seen.text += chunk;
  });
  socket.on('close', () => {
    seen.ended = true;
  });
  socket.on('error', () => undefined);
  return seen;
}

const answersIn = (text: string): number => text.split('HTTP/1.1 200').length - 1;

test('of requests that are sent without waiting for answers one runs at a time, in their order', async () => {
  const url = await start();
  const held = Promise.withResolvers<void>();
  graph.held = held.promise;
  const caller = dial(url, `${message('{ held }')}${message('{ currencies }').repeat(30)}`);
  await until(() => graph.asked.length === 1, 'the first to run');
  // Somebody else is served meanwhile, so that the others of this caller had their chance.
  const other = dial(url, message('{ trackerCount }'));
  await until(() => answersIn(other.text) === 1, 'somebody else to be answered');
  expect(graph.asked.map(({ request }) => /held|currencies|trackerCount/.exec(request.query)?.[0])).toEqual([
    'held',
    'trackerCount',
  ]);

  held.resolve();
  await until(() => answersIn(caller.text) === 31, 'all of them to be answered');
  expect(caller.text.indexOf('released')).toBeLessThan(caller.text.indexOf('EUR'));
  for (const { socket } of [caller, other]) socket.destroy();
});

test('who sends more without waiting than may wait loses the connection, and what waited is not done', async () => {
  const url = await start();
  const held = Promise.withResolvers<void>();
  graph.held = held.promise;
  const greedy = dial(url, `${message('{ held }')}${message('mutation { rename(name: "new") }').repeat(150)}`);
  await until(() => greedy.ended, 'the connection to end');
  await untilServed(url);
  held.resolve();
  await untilServed(url);
  expect(graph.asked.filter(({ request }) => /mutation/.test(request.query))).toEqual([]);
});

test('deploys: what waits behind an answer that ends its connection is not done, its caller takes it for not sent', async () => {
  const url = await start();
  const held = Promise.withResolvers<void>();
  graph.held = held.promise;
  const caller = dial(url, `${message('{ held }')}${message('mutation { rename(name: "new") }')}`);
  await until(() => graph.asked.length === 1, 'the first to run');
  const drained = (gateways[0] as Gateway).drain();
  held.resolve();
  await until(() => caller.ended, 'its connection to end');
  await drained;
  expect(answersIn(caller.text)).toBe(1);
  expect(graph.asked.filter(({ request }) => /mutation/.test(request.query))).toEqual([]);
});

/** Somebody else is answered meanwhile, so that anyone who waited had their chance. */
async function untilServed(url: string): Promise<void> {
  const other = dial(url, message('{ trackerCount }'));
  await until(() => answersIn(other.text) === 1, 'somebody else to be answered');
  other.socket.destroy();
}

test('a request without a host is refused in JSON like everything else', async () => {
  const url = await start();
  const caller = dial(url, message('{ currencies }', []));
  await until(() => caller.text.includes('}]}'), 'an answer');
  expect(caller.text).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"BAD_REQUEST"/);
  caller.socket.destroy();
});

test('overload: who is shed keeps the connection, but not to send what nobody reads', async () => {
  const url = await start({ admission: { running: 1, waiting: 0, waitMs: 0 } });
  const held = Promise.withResolvers<void>();
  graph.held = held.promise;
  const running = dial(url, message('{ held }'));
  await until(() => graph.asked.length === 1, 'the first to run');

  const polite = dial(url, message('{ currencies }'));
  await until(() => polite.text.includes('OVERLOADED'), 'it to be shed');
  expect(polite.text).toMatch(/^HTTP\/1\.1 503 /);
  expect(polite.text.toLowerCase()).toMatch(/retry-after: 1\r\n/);
  const endless = dial(url, 'POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\naaaaa\r\n');
  await until(() => endless.ended, 'its connection to end');
  expect(endless.text).toMatch(/^HTTP\/1\.1 503 /);

  held.resolve();
  await until(() => answersIn(running.text) === 1, 'the first to be answered');
  expect(polite.ended).toBe(false);
  polite.socket.write(message('{ currencies }'));
  await until(() => answersIn(polite.text) === 1, 'it to be served on the same connection');
  for (const { socket } of [running, polite]) socket.destroy();
});

test('deploys: a gateway takes the place of another on its port, which serves whoever is connected to the end', async () => {
  expect(PORTS_CAN_BE_SHARED).toBe(process.platform === 'linux');
  const url = await start();
  const kept = dial(url, message('{ currencies }'));
  await until(() => answersIn(kept.text) === 1, 'a first answer');
  const [first] = gateways as [Gateway];
  await expect((await open()).listen(Number(new URL(url).port))).rejects.toMatchObject({ code: 'EADDRINUSE' });

  const next = await open({ replacing: true });
  // Where two cannot listen on a port the last one has to leave first.
  if (PORTS_CAN_BE_SHARED) await next.listen(Number(new URL(url).port));
  const drained = first.drain({ lingerMs: 20_000 });
  kept.socket.write(message('mutation { rename(name: "new") }'));
  await until(() => kept.ended, 'its connection to end');
  expect(kept.text).toMatch(/"rename":"new"/);
  expect(kept.text.toLowerCase().split('connection: close').length).toBe(2);
  await drained;
  if (PORTS_CAN_BE_SHARED) {
    const later = dial(url, message('{ currencies }'));
    await until(() => answersIn(later.text) === 1, 'the next one to answer');
    later.socket.destroy();
  }
});

test.each(['application/json', 'application/graphql-response+json'])(
  'a subscription is refused, and is no bug of ours (%s)',
  async (accept) => {
    const url = await start();
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query: 'subscription { viewer { kind } }' }),
    });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
    expect(response.status).toBe(accept === 'application/json' ? 200 : 400);
  },
);
