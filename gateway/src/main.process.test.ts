import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSubgraphServer } from '@comptoir/shared/service/subgraphServer.ts';
import { SUBGRAPHS } from '@comptoir/shared/values/subgraphs.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { type KeyPair, keyPair, type TestGraph, testGraph, testLog } from './testing/graph.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
let identityKey: KeyPair;
let gatewayKey: KeyPair;
const children: ChildProcess[] = [];
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [identityKey, gatewayKey] = await Promise.all([keyPair(), keyPair()]);
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  for (const close of closing.splice(0)) await close();
});

function run(env: Record<string, string>): ChildProcess {
  // Only what is said here: neither the developer's environment nor jest's options.
  const child = spawn(process.execPath, [MAIN], {
    env: { PORT: '0', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

async function environment(graph: TestGraph): Promise<Record<string, string>> {
  const env: Record<string, string> = {
    SIGNING_KEY: JSON.stringify(gatewayKey.private),
    TRUSTED_KEYS: JSON.stringify({ identity: identityKey.public }),
    START_WITHIN_MS: '60000',
  };
  for (const name of SUBGRAPHS) {
    const server = createSubgraphServer(graph.subgraphs[name], {
      trustedKeys: { gateway: gatewayKey.public },
      log: testLog,
    });
    closing.push(() => server.close());
    env[`${name.toUpperCase()}_URL`] = await server.listen(0, '127.0.0.1');
  }
  return env;
}

test('the gateway alone finds its subgraphs, serves, and ends on SIGTERM when what runs has ended', async () => {
  const graph = testGraph();
  const held = Promise.withResolvers<void>();
  graph.held = held.promise;
  const child = run(await environment(graph));
  let url = '';
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    url = (JSON.parse(line) as { url?: string }).url ?? '';
    if (url !== '') break;
  }
  child.stdout?.resume();
  const ask = async (query: string): Promise<unknown> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return await response.json();
  };
  expect(await ask('{ currencies trackerCount }')).toEqual({ data: { currencies: ['EUR'], trackerCount: 6 } });
  expect((await fetch(new URL('/ready', url))).status).toBe(200);

  const before = graph.asked.length;
  const running = ask('mutation { held }');
  await until(() => graph.asked.length > before, 'the mutation to reach its subgraph');
  child.kill('SIGTERM');
  held.resolve();
  expect(await running).toEqual({ data: { held: 'released' } });
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});

test('on SIGHUP the gateway serves what its subgraphs make now; a graph that does not compose leaves the old one', async () => {
  const graph = testGraph();
  const { billing } = graph.subgraphs;
  let sdl = billing.sdl;
  graph.subgraphs.billing = {
    ...billing,
    async execute(request, viewer) {
      if (request.query.includes('_service')) return { data: { _service: { sdl } } };
      return request.query.includes('rates')
        ? { data: { rates: ['1.00'], currencies: ['EUR'] } }
        : await billing.execute(request, viewer);
    },
  };
  const child = run(await environment(graph));
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const said = async (what: string): Promise<{ url: string; err?: { message: string } }> => {
    for (let line = await lines.next(); !line.done; line = await lines.next())
      if (JSON.parse(line.value).msg === what) return JSON.parse(line.value);
    throw new Error(`The gateway ended before it said: ${what}`);
  };
  const { url } = await said('listening');
  const ask = async (query: string): Promise<any> => {
    const headers = { 'content-type': 'application/json' };
    return await (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
  };
  expect(await ask('{ rates }')).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });

  sdl = billing.sdl.replace('currencies: [String!]!', '$& rates: [String!]!');
  child.kill('SIGHUP');
  await said('serves the graph that its subgraphs make now');
  expect(await ask('{ rates currencies }')).toEqual({ data: { rates: ['1.00'], currencies: ['EUR'] } });

  sdl = billing.sdl.replace('currencies: [String!]!', '$& clients: Int');
  child.kill('SIGHUP');
  const { err } = await said('the graph stays as it was');
  expect(err?.message).toMatch(/do not compose.*clients/s);
  expect(await ask('{ rates currencies }')).toEqual({ data: { rates: ['1.00'], currencies: ['EUR'] } });
});

test('what is missing is said in one go, and the process ends with 1', async () => {
  const child = run({ PORT: 'http' });
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  for (const name of ['PORT', 'IDENTITY_URL', 'TRACKERS_URL', 'SIGNING_KEY', 'TRUSTED_KEYS'])
    expect(text).toContain(name);
  expect(text).not.toMatch(/^ {4}at /m);
});
