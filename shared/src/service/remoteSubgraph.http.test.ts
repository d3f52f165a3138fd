import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@comptoir/testing/until.ts';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { createLog } from '../process/log.ts';
import type { LocalSubgraph, SubgraphRequest, SubgraphResponse } from '../protocol/subgraph.ts';
import type { Viewer } from '../viewer/viewer.ts';
import { remoteSubgraph } from './remoteSubgraph.ts';
import { createSubgraphServer, type SubgraphServer } from './subgraphServer.ts';

/** What a caller is told of a service that is replaced, breaks off, or is not there; and that nothing is sent twice. */
const log = createLog('test', { level: 'silent' });
const viewer: Viewer = { kind: 'SERVICE', service: 'gateway', requestId: 'request', address: null };
const person: Viewer = { kind: 'ANONYMOUS', userId: null, sessionId: null, requestId: 'request', address: null };
const CHANGE = { query: 'mutation { change }' };
const READ = { query: '{ value }' };

let key: { private: JWK; public: JWK };
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  key = { private: await exportJWK(privateKey), public: await exportJWK(publicKey) };
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Running = SubgraphServer & {
  port: number;
  executed: SubgraphRequest[];
  /** Keeps the next operation. */
  hold: PromiseWithResolvers<void> | null;
};

/** One process of the service, which answers with its name. */
async function run(name: string, { port = 0, replacing = false } = {}): Promise<Running> {
  const executed: SubgraphRequest[] = [];
  const subgraph: LocalSubgraph = {
    name: 'billing',
    sdl: '',
    ready: async () => undefined,
    startJobs: async () => undefined,
    stop: async () => undefined,
    async execute(request): Promise<SubgraphResponse> {
      executed.push(request);
      const { hold } = running;
      running.hold = null;
      await hold?.promise;
      return { data: { by: name } };
    },
  };
  const server = createSubgraphServer(subgraph, { trustedKeys: { gateway: key.public }, log });
  closing.push(() => server.close());
  const url = await server.listen(port, '127.0.0.1', { replacing });
  const running: Running = { ...server, port: Number(new URL(url).port), executed, hold: null };
  return running;
}

function call(port: number, { timeoutMs = 5_000 } = {}) {
  const url = `http://127.0.0.1:${port}/graphql`;
  const remote = remoteSubgraph({ name: 'billing', url, key: key.private, issuer: 'gateway', log, timeoutMs });
  closing.push(() => remote.close());
  return remote;
}

const by = ({ data, errors }: SubgraphResponse): unknown => data?.by ?? errors?.[0]?.extensions.code;

test('deploys are invisible: what runs ends where it is, what comes goes to the successor, and each is done once', async () => {
  const first = await run('first');
  const remote = call(first.port);
  expect(by(await remote.execute(READ, viewer))).toBe('first');
  const held = Promise.withResolvers<void>();
  first.hold = held;
  const running = remote.execute(CHANGE, viewer);
  await until(() => first.executed.length === 2, 'the change to run');

  const second = await run('second', { port: first.port, replacing: true });
  const left = first.close({ graceMs: 10_000 });
  let asked = 2;
  await until(async () => {
    asked += 1;
    return by(await remote.execute(CHANGE, viewer)) === 'second';
  }, 'the successor to be called');
  const more = await Promise.all(Array.from({ length: 20 }, () => remote.execute(CHANGE, viewer)));
  expect(new Set(more.map(by))).toEqual(new Set(['second']));

  held.resolve();
  expect(by(await running)).toBe('first');
  await left;
  expect(first.executed.length + second.executed.length).toBe(asked + 20);
});

test('a change waits for a service that is being replaced where two cannot share the port; nothing of it was sent', async () => {
  const first = await run('first');
  const remote = call(first.port, { timeoutMs: 60_000 });
  await remote.execute(READ, viewer);
  await first.close({ graceMs: 10_000 });
  const waiting = Promise.all([CHANGE, CHANGE, CHANGE].map((change) => remote.execute(change, person)));
  // What a person reads is not worth waiting that long: by then a change waits still.
  expect(by(await remote.execute(READ, person))).toBe('SUBGRAPH_UNAVAILABLE');
  const second = await run('second', { port: first.port });
  expect((await waiting).map(by)).toEqual(['second', 'second', 'second']);
  expect([first.executed.length, second.executed.length]).toEqual([1, 3]);
});

test('one that is down is told, and called again when it is back', async () => {
  const first = await run('first');
  const remote = call(first.port);
  await first.close();
  expect(by(await remote.execute(READ, person))).toBe('SUBGRAPH_UNAVAILABLE');
  const second = await run('second', { port: first.port });
  await until(async () => by(await remote.execute(READ, person)) === 'second', 'it to be called again');
  expect(second.executed.length).toBeGreaterThan(0);
});

test('what breaks off on its way is not sent again, and the answer says that it may have happened', async () => {
  let received = 0;
  const server = createServer((request, response) => {
    if (request.url !== '/graphql') return void response.writeHead(404).end();
    received += 1;
    request.socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const remote = call((server.address() as AddressInfo).port);
  const { errors } = await remote.execute(CHANGE, viewer);
  expect(errors?.[0]).toMatchObject({
    message: 'A part of the service broke off. A change may have taken effect all the same.',
    extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
  });
  expect(received).toBe(1);
});

test('one that does not answer in time is told as such', async () => {
  const slow = await run('slow');
  const held = Promise.withResolvers<void>();
  slow.hold = held;
  const remote = call(slow.port, { timeoutMs: 200 });
  expect(by(await remote.execute(CHANGE, viewer))).toBe('SUBGRAPH_TIMEOUT');
  held.resolve();
  expect(slow.executed).toHaveLength(1);
});
