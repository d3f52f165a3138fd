import { request } from 'node:http';
import type { LocalSubgraph, Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { remoteSubgraph } from '@comptoir/shared/service/remoteSubgraph.ts';
import { createSubgraphServer } from '@comptoir/shared/service/subgraphServer.ts';
import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
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

/** What a caller is refused, and how little the refusal tells. */
let key: KeyPair;
let gateway: Gateway;
let graph: TestGraph;
let url: string;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  key = await keyPair();
});
afterEach(async () => {
  await gateway.drain({ deadlineMs: 0 });
  for (const close of closing.splice(0)) await close();
});

async function remote(subgraph: LocalSubgraph): Promise<Subgraph> {
  const server = createSubgraphServer(subgraph, { trustedKeys: { gateway: key.public }, log: testLog });
  const at = await server.listen(0, '127.0.0.1');
  const away = remoteSubgraph({ name: subgraph.name, url: at, key: key.private, issuer: 'gateway', log: testLog });
  closing.push(
    () => away.close(),
    () => server.close(),
  );
  return away;
}

async function start(options: Partial<GatewayOptions> = {}, topology = 'one process'): Promise<void> {
  graph = testGraph();
  graph.standings.set('session', goodStanding);
  const local = Object.values(graph.subgraphs);
  const subgraphs = topology === 'services' ? await Promise.all(local.map(remote)) : local;
  gateway = await createGateway({
    subgraphs: Object.fromEntries(subgraphs.map((subgraph) => [subgraph.name as SubgraphName, subgraph])),
    sdls: graph.sdls,
    accessKey: key.public,
    isReady: async () => undefined,
    log: testLog,
    ...options,
  });
  url = await gateway.listen(0);
}

type Answer = {
  status: number;
  text: string;
  body: { data?: any; errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[] };
};

/** `headers` in the form of `rawHeaders`, so that one can come twice. */
function post(body: object, headers: string[] = []): Promise<Answer> {
  const { port } = new URL(url);
  const plain = headers.some((name) => /content-type/i.test(name)) ? [] : ['Content-Type', 'application/json'];
  const host = headers.some((name) => /^host$/i.test(name)) ? [] : ['Host', 'x'];
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/graphql', method: 'POST', agent: false });
    sent.removeHeader('host');
    const all = [...host, ...plain, ...headers];
    const names = new Map<string, string[]>();
    for (let at = 0; at < all.length; at += 2)
      names.set(all[at] as string, [...(names.get(all[at] as string) ?? []), all[at + 1] as string]);
    for (const [name, values] of names) sent.setHeader(name, values.length === 1 ? (values[0] as string) : values);
    sent.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: `${JSON.stringify(response.headers)} ${text}`,
          body: JSON.parse(text),
        }),
      );
    });
    sent.end(JSON.stringify(body));
  });
}

const bearer = async (): Promise<string[]> => ['Authorization', `Bearer ${await accessToken(key.private)}`];

test.each([
  ['Authorization', 'Bearer a', 'Bearer b'],
  ['Authorization', 'Bearer a', 'Bearer a'],
  ['Comptoir-Account', '01a22ff2-8fd9-70fb-9be5-f3ebde8affca', '01a22ff2-8fd9-70fb-9be5-f3ebde8affcb'],
  ['Content-Type', 'application/json', 'text/plain'],
  ['Origin', 'https://a.example', 'https://b.example'],
  ['X-Request-Id', 'a', 'b'],
])('a request that says %s twice is refused, and nothing is asked', async (name, one, other) => {
  await start();
  const { status, body } = await post({ query: '{ currencies }' }, [name, one, name, other]);
  expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_REQUEST']);
  expect(graph.asked).toEqual([]);
});

test('headers that may be said twice still may', async () => {
  await start();
  const forwarded = [
    'X-Forwarded-For',
    '10.0.0.1',
    'X-Forwarded-For',
    '10.0.0.2',
    'Accept',
    'text/plain',
    'Accept',
    '*/*',
  ];
  expect((await post({ query: '{ currencies }' }, forwarded)).body).toEqual({ data: { currencies: ['EUR'] } });
});

const SPELLINGS = [
  '{ __schema { queryType { name } } }',
  '{ a: __type(name: "Account") { name } }',
  '{ currencies ...F } fragment F on Query { ... { __schema { queryType { name } } } }',
  'query A { __schema @include(if: true) { queryType { name } } }',
];

test.each(['signed-in', 'off'] as const)(
  'with introspection %s nobody unknown learns the schema, nor what runs here',
  async (introspection) => {
    await start({ introspection });
    for (const query of [...SPELLINGS, '{ currencie }', '{ currencies(n: 1) }', 'query ($v: Acount) { currencies }']) {
      const { body, text } = await post({ query });
      expect(body.data).toBeUndefined();
      expect(text).not.toMatch(/apollo|did you mean|"currencies"\?/i);
    }
    for (const query of SPELLINGS)
      expect((await post({ query })).body.errors?.[0]?.extensions.code).toBe('INTROSPECTION_DISABLED');
    expect((await post({ query: '{ __typename currencies }' })).body.data).toEqual({
      __typename: 'Query',
      currencies: ['EUR'],
    });
  },
);

test('who is logged in may ask the schema where that is chosen, and nobody where it is off', async () => {
  await start({ introspection: 'signed-in' });
  const asked = await post({ query: SPELLINGS[0] as string }, await bearer());
  expect(asked.body.data).toEqual({ __schema: { queryType: { name: 'Query' } } });
  expect((await post({ query: '{ currencie }' }, await bearer())).body.errors?.[0]?.message).toMatch(/Did you mean/);
  await gateway.drain({ deadlineMs: 0 });
  await start({ introspection: 'off' });
  const refused = await post({ query: SPELLINGS[0] as string }, await bearer());
  expect(refused.body.errors?.[0]?.extensions.code).toBe('INTROSPECTION_DISABLED');
});

test.each(['one process', 'services'])(
  '%s: an answer tells ten errors at most, and how many more there are',
  async (topology) => {
    await start({}, topology);
    const many = (count: number, text: (n: number) => string): string =>
      Array.from({ length: count }, (_, n) => text(n)).join(' ');
    const fields = await post({
      query: '{ clients { id s: secret trackers { id payer { id secret other: secret } } } broken: forbidden }',
    });
    expect(fields.body.errors).toHaveLength(10);
    expect(fields.body.errors?.map(({ path }) => path?.[0])).toContain('broken');
    expect(fields.body.errors?.at(-1)).toEqual({
      message: '7 more errors were left out.',
      extensions: { code: 'ERRORS_LEFT_OUT', leftOut: 7 },
    });
    const invalid = await post({ query: `{ clients { ${many(99, (n) => `nothing${n}`)} } }` });
    expect(invalid.body.errors).toHaveLength(10);
    expect(invalid.body.errors?.at(-1)?.message).toMatch(/^90 more/);
    const all = many(40, (n) => `$v${n}: Int!`);
    const values = await post({ query: `query (${all}) { currencies }`, variables: {} });
    expect(values.body.errors).toHaveLength(10);
  },
);

test.each(['one process', 'services'])(
  '%s: a subgraph gives a bounded number of rows by their keys at once',
  async (topology) => {
    await start({}, topology);
    const viewer = { kind: 'ANONYMOUS', userId: null, sessionId: null, requestId: 'r', address: null } as const;
    const accounts = topology === 'services' ? await remote(graph.subgraphs.accounts) : graph.subgraphs.accounts;
    const rows = (count: number): object => ({
      r: Array.from({ length: count }, (_, n) => ({ __typename: 'Account', id: `${n}` })),
    });
    const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Account { name } } }';
    const enough = await accounts.execute({ query, variables: { ...rows(1_000) } }, viewer);
    expect([enough.errors, (enough.data as { _entities: unknown[] })._entities.length]).toEqual([undefined, 1_000]);
    const twice =
      'query ($r: [_Any!]!) { a: _entities(representations: $r) { __typename } b: _entities(representations: $r) { __typename } }';
    for (const [text, count] of [
      [query, 1_001],
      [twice, 501],
    ] as const) {
      const { data, errors } = await accounts.execute({ query: text, variables: { ...rows(count) } }, viewer);
      expect(errors?.[0]?.extensions.code).toBe('TOO_MANY_REPRESENTATIONS');
      expect(data ?? null).toBeNull();
    }
  },
);
