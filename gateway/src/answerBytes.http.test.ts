import { buildSubgraphSchema } from '@apollo/subgraph';
import { createExecutor } from '@comptoir/shared/execution/executor.ts';
import type { Log } from '@comptoir/shared/process/log.ts';
import type { LocalSubgraph, Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { remoteSubgraph } from '@comptoir/shared/service/remoteSubgraph.ts';
import { createSubgraphServer } from '@comptoir/shared/service/subgraphServer.ts';
import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { createGateway, type Gateway } from './server.ts';
import { type KeyPair, keyPair, testLog } from './testing/graph.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const SDLS = {
  identity: `${LINK} type Query { alive: Boolean! }`,
  accounts: `${LINK}
    type Query { page(first: Int = 20): Page! rows(count: Int!): [Row!]! text(of: String! = "x", length: Int!): String! }
    type Mutation { grow(length: Int!): Grown! }
    type Page { nodes: [Row!]! }
    type Grown { text(length: Int!): String! }
    type Row @key(fields: "id") { id: ID! text: String! slow: String! same: Row! words: [String!]! inner: [Row!]! page(first: Int = 20): Page! }`,
  trackers: `${LINK}
    type Row @key(fields: "id") { id: ID! more: String! }`,
} satisfies Partial<Record<SubgraphName, string>>;
type Name = keyof typeof SDLS;

const MOST = 100_000;
const count = { slow: 0, grown: 0, more: 0, pages: 0 };
const page = () => ({ nodes: [row(`${++count.pages}`)] });

const row = (id: string): object => ({
  __typename: 'Row',
  id,
  text: 'x'.repeat(90),
  words: ['one', 'two'],
  slow: async () => `slow ${++count.slow}`,
  same: () => row('same'),
  page,
  inner: () => Array.from({ length: 10 }, (_, at) => row(`${id}.${at}`)),
});
const RESOLVERS: Record<Name, object> = {
  identity: { Query: { alive: () => true } },
  accounts: {
    Query: {
      page,
      rows: (_: unknown, { count: rows }: { count: number }) => Array.from({ length: rows }, (_, at) => row(`${at}`)),
      text: (_: unknown, { of, length }: { of: string; length: number }) => of.repeat(length),
    },
    Mutation: {
      grow: (_: unknown, given: { length: number }) => {
        count.grown += 1;
        return { text: ({ length }: { length: number }) => 'x'.repeat(length + given.length) };
      },
    },
    Row: { __resolveReference: ({ id }: { id: string }) => row(id) },
  },
  trackers: {
    Row: {
      __resolveReference: ({ id }: { id: string }) => {
        count.more += 1;
        return { __typename: 'Row', id, more: 'm'.repeat(1_000) };
      },
    },
  },
};

function subgraph(name: Name): LocalSubgraph {
  const schema = buildSubgraphSchema([{ typeDefs: parse(SDLS[name]), resolvers: RESOLVERS[name] as never }]);
  const execute = createExecutor<{ log: Log }>(schema, testLog);
  const nothing = async (): Promise<void> => undefined;
  const idle = { ready: nothing, startJobs: nothing, stop: nothing };
  return { name, sdl: SDLS[name], ...idle, execute: (request) => execute(request, { log: testLog }) };
}

let key: KeyPair;
const gateways: Gateway[] = [];
const urls: Record<string, string> = {};
const closing: (() => Promise<unknown>)[] = [];

async function overHttp(local: LocalSubgraph): Promise<Subgraph> {
  const server = createSubgraphServer(local, { trustedKeys: { gateway: key.public }, log: testLog });
  const url = await server.listen(0, '127.0.0.1');
  const remote = remoteSubgraph({ name: local.name, url, key: key.private, issuer: 'gateway', log: testLog });
  closing.push(
    () => remote.close(),
    () => server.close(),
  );
  return remote;
}

beforeAll(async () => {
  key = await keyPair();
  const locals = Object.fromEntries((Object.keys(SDLS) as Name[]).map((name) => [name, subgraph(name)]));
  const remotes = Object.fromEntries(
    await Promise.all(Object.values(locals).map(async (local) => [local.name, await overHttp(local)] as const)),
  );
  for (const [topology, subgraphs] of Object.entries({ 'one process': locals, services: remotes })) {
    const isReady = async (): Promise<void> => undefined;
    const common = { sdls: SDLS, accessKey: key.public, isReady, log: testLog, answerBytes: MOST };
    const gateway = await createGateway({ ...common, subgraphs });
    gateways.push(gateway);
    urls[topology] = await gateway.listen(0);
  }
});
afterAll(async () => {
  for (const gateway of gateways) await gateway.drain({ deadlineMs: 0 });
  for (const close of closing) await close();
});
beforeEach(() => {
  Object.assign(count, { slow: 0, grown: 0, more: 0, pages: 0 });
});

describe.each(['one process', 'services'])('in %s', (topology) => {
  async function ask(query: string, variables: object = {}, accept = 'application/graphql-response+json') {
    const response = await fetch(`${urls[topology]}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query, variables }),
    });
    const text = await response.text();
    const { data, errors } = JSON.parse(text);
    return { status: response.status, bytes: Buffer.byteLength(text), data, code: errors?.[0].extensions.code, errors };
  }

  const TOO_LARGE = { status: 400, data: undefined, code: 'ANSWER_TOO_LARGE' };

  test('GUARD an answer has as many bytes as are allowed, and none has more', async () => {
    const whole = await ask(`{ text(length: ${MOST - 1_100}) }`);
    expect([whole.status, whole.code, whole.data.text.length]).toEqual([200, undefined, MOST - 1_100]);
    for (const length of [MOST - 900, MOST, 5 * MOST])
      expect(await ask(`{ text(length: ${length}) }`)).toMatchObject(TOO_LARGE);
    expect((await ask(`{ text(length: ${MOST}) }`, {}, 'application/json')).status).toBe(200);
  });

  test.each([
    ['values of many rows', '{ rows(count: 1200) { text } }'],
    ['under another name', '{ a: rows(count: 600) { b: text c: text } }'],
    [
      'in a condition',
      'query ($yes: Boolean = true) { rows(count: 1200) @include(if: $yes) { text @skip(if: false) } }',
    ],
    ['names longer than their values', `{ rows(count: 2000) { ${'n'.repeat(80)}: id } }`],
    ['lists of texts', '{ rows(count: 9000) { words } }'],
    ['several fields together', '{ a: text(length: 60000) b: text(length: 60000) }'],
    ['several fetches together', '{ text(length: 70000) rows(count: 40) { id more } }'],
    ['one entity in many places', '{ rows(count: 900) { same { more } } }'],
    ['letters of several bytes', '{ text(of: "€", length: 50000) }'],
    ['letters that are written in six', '{ text(of: "\\u0001", length: 20000) }'],
    ['objects without fields of their own', `{ rows(count: 9000) { ... on Row { id @skip(if: true) __typename } } }`],
  ])('GUARD what is counted: %s', async (_what, query) => {
    const answer = await ask(query);
    expect(answer).toMatchObject(TOO_LARGE);
    expect(answer.bytes).toBeLessThan(1_000);
  });

  const fields = Array.from({ length: 50 }, (_, at) => `f${at}: text`).join(' ');
  const pages = (inner: (nodes: string) => string): string =>
    `page(first: 100) { ${inner(`nodes { page(first: $n) { ${inner(`nodes { ${fields} }`)} } }`)} }`;

  test.each<[string, (nodes: string) => string, string]>([
    ['as it is', (nodes) => nodes, ''],
    ['in an inline fragment', (nodes) => `... { ${nodes} }`, ''],
    ['in one on the type', (nodes) => `... on Page { ... on Page { ${nodes} } }`, ''],
    ['under a condition', (nodes) => `... @include(if: $yes) { ${nodes} }`, ''],
    ['in a named fragment', () => '...Outer', ''],
    [
      'in two halves',
      (nodes) => `...Id ${nodes}`,
      'fragment Id on Page { nodes { id page(first: $n) { nodes { id } } } }',
    ],
  ])('GUARD pages within pages are refused before anything is fetched, %s', async (_how, inner, fragments) => {
    const named = `fragment Outer on Page { nodes { page(first: $n) { ...Inner } } } fragment Inner on Page { nodes { ${fields} } }`;
    const query = `query ($n: Int = 100, $yes: Boolean = true) { ${pages(inner)} __typename @include(if: $yes) } ${_how === 'in a named fragment' ? named : fragments}`;
    expect(await ask(query)).toMatchObject({ status: 400, data: undefined, code: 'OPERATION_TOO_LARGE' });
    expect(count.pages).toBe(0);
    expect((await ask(query, { n: 20 })).code).toBeUndefined();
    expect(count.pages).toBeGreaterThan(1);
  });

  test('what is asked of one entity in many places is small as long as its places are few', async () => {
    const { code, data } = await ask('{ rows(count: 50) { same { more } } }');
    expect([code, data?.rows.length, count.more]).toEqual([undefined, 50, 1]);
  });

  test('nothing more is resolved and fetched once there is no room', async () => {
    expect(await ask('{ rows(count: 3000) { text inner { slow } } }')).toMatchObject(TOO_LARGE);
    expect(count.slow).toBe(0);
    expect(await ask('{ rows(count: 3000) { id text more } }')).toMatchObject(TOO_LARGE);
    expect(count.more).toBe(0);
  });

  test('a mutation runs to its end, and says so; a request error would say that nothing ran', async () => {
    const mutation = (length: number): string =>
      `mutation { a: grow(length: 1) { text(length: 1) } b: grow(length: ${length}) { text(length: 1) } c: grow(length: 1) { text(length: 1) } }`;
    expect(await ask(mutation(5))).toMatchObject({ status: 200, code: undefined, data: { b: { text: 'xxxxxx' } } });
    const answer = await ask(mutation(2 * MOST));
    expect(answer).toMatchObject({ status: 200, data: null, code: 'ANSWER_TOO_LARGE' });
    expect(answer.errors[0].message).toMatch(/has run/);
    expect(count.grown).toBe(6);
  });
});
