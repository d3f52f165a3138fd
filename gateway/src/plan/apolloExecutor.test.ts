import { ApolloServer, type GraphQLRequest } from '@apollo/server';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type OperationDefinitionNode, parse } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { composeSupergraph } from '../supergraph/supergraph.ts';
import { type PlanGatewayOptions, planGateway } from './planGateway.ts';
import { library } from './testing/library.ts';

const supergraph = composeSupergraph(Object.fromEntries(Object.entries(library).map(([name, { sdl }]) => [name, sdl])));
const contextValue = { viewer: { kind: 'ANONYMOUS' }, trace: {} } as unknown as GatewayContext;

let servers: ApolloServer<GatewayContext>[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});

type Asked = (request: GraphQLRequest) => Promise<any>;

async function start(options: PlanGatewayOptions, subgraphs: Record<string, Subgraph> = library): Promise<Asked> {
  const gateway = planGateway(supergraph, subgraphs, options);
  const server = new ApolloServer<GatewayContext>({
    gateway,
    validationRules: [gateway.names],
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
  });
  servers.push(server);
  await server.start();
  return async (request) => {
    const { body } = await server.executeOperation(request, { contextValue: { ...contextValue } });
    return JSON.parse(JSON.stringify(body.kind === 'single' ? body.singleResult : null));
  };
}

describe.each(['ours', 'apollo'] as const)('before the executor, %s', (executor) => {
  test('an operation is answered', async () => {
    const ask = await start({ executor });
    expect(
      await ask({
        query: '{ book(isbn: "b1") { t: title readers { id } } ...S } fragment S on Query { shelf { label } }',
      }),
    ).toEqual({
      data: { book: { t: 'Book 1', readers: [{ id: 'p1' }, { id: 'p2' }] }, shelf: { label: 'one' } },
    });
  });

  test('variables are judged, and nothing is sent', async () => {
    let sent = 0;
    const counted = Object.fromEntries(
      Object.entries(library).map(([name, subgraph]) => [
        name,
        {
          ...subgraph,
          execute: (...given: Parameters<Subgraph['execute']>) => {
            sent += 1;
            return subgraph.execute(...given);
          },
        },
      ]),
    );
    const ask = await start({ executor }, counted as never);
    const { data, errors } = await ask({ query: 'mutation ($i: ID!) { lend(isbn: $i) { id } }', variables: { i: [] } });
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(sent).toBe(0);
  });

  test('what could be too much is refused, whatever the variables make of it', async () => {
    const ask = await start({ executor });
    const query = `query ($n: Int) { people { a: friends(first: $n) { b: friends(first: $n) { c: friends(first: $n) { id } } } } }`;
    expect(await ask({ query, variables: { n: 100 } })).toMatchObject({
      errors: [{ extensions: { code: 'OPERATION_TOO_LARGE' } }],
    });
    expect(await ask({ query, variables: { n: 1 } })).not.toHaveProperty('errors');
  });

  test('an answer has its bytes, and a query its time', async () => {
    const small = await start({ executor, answerBytes: 1_050 });
    const { errors } = await small({ query: '{ anything { __typename } people { name friends { name } } }' });
    expect(errors).toMatchObject([{ extensions: { code: 'ANSWER_TOO_LARGE' } }]);
    const never = { ...library.stock, execute: () => new Promise<never>(() => undefined) };
    const late = await start({ executor, queryMs: 50 }, { ...library, stock: never });
    expect(await late({ query: '{ shelf { label } stockOf(isbn: "b1") }' })).toMatchObject({
      data: { shelf: { label: 'one' }, stockOf: null },
      errors: [{ extensions: { code: 'SUBGRAPH_TIMEOUT' } }],
    });
  });

  test('aliases with which an answer would be wrong are refused', async () => {
    const ask = await start({ executor });
    const { errors } = await ask({ query: '{ book(isbn: "b1") { isbn: title readers { id } } }' });
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });
});

/** What `GATEWAY_EXECUTOR=apollo` answers otherwise (ADR 16). */
describe('Apollo answers otherwise', () => {
  const both = async (request: GraphQLRequest): Promise<{ ours: any; apollos: any }> => {
    const [ours, apollos] = [await start({ executor: 'ours' }), await start({ executor: 'apollo' })];
    return { ours: await ours(request), apollos: await apollos(request) };
  };
  const pathsOf = ({ errors = [] }: any): string[] => errors.map(({ path = [] }: any) => path.join('.'));

  test('a null that spread is not explained', async () => {
    const { ours, apollos } = await both({ query: '{ book(isbn: "b5") { genre } }' });
    expect(apollos).toEqual({ data: { book: null } });
    expect(ours).toMatchObject({ data: { book: null }, errors: [{ path: ['book', 'genre'] }] });
  });

  test('an error about an entity stands at another one’s place, when one before it was not asked for', async () => {
    const { ours, apollos } = await both({ query: '{ media { ... on Book { weight } } }' });
    expect(pathsOf(ours)).toEqual(['media.1.weight']);
    expect(pathsOf(apollos)).toEqual(['media.0.weight']);
  });

  test('an entity is asked for at each place where it stands', async () => {
    const representations = async (executor: 'ours' | 'apollo'): Promise<number> => {
      let count = 0;
      const fans: Subgraph = {
        ...library.fans,
        execute(request, viewer) {
          const { representations: asked = [] } = request.variables ?? {};
          count += (asked as unknown[]).length;
          return library.fans.execute(request, viewer);
        },
      };
      const ask = await start({ executor }, { ...library, fans });
      await ask({ query: '{ people { friends { likes { __typename } } } }' });
      return count;
    };
    expect(await representations('ours')).toBe(4);
    expect(await representations('apollo')).toBe(6);
  });

  test('a null where none may be refuses the operation, not only the field', async () => {
    const request = {
      query: 'query ($i: ID = "b1") { book(isbn: $i) { title } shelf { label } }',
      variables: { i: null },
    };
    const { ours, apollos } = await both(request);
    expect(ours).toMatchObject({ data: { book: null, shelf: { label: 'one' } }, errors: [{ path: ['book'] }] });
    expect(apollos).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(apollos).not.toHaveProperty('data');
  });

  test('an operation that was read by another graph than the latest is to be sent again', async () => {
    const results: any[] = [];
    for (const executor of ['ours', 'apollo'] as const) {
      const gateway = planGateway(supergraph, library, { executor });
      const { schema } = await gateway.load();
      gateway.update(supergraph.replace('label: String!', 'label: String! @deprecated'));
      const source = '{ shelf { label } }';
      const document = parse(source);
      const operation = document.definitions[0] as OperationDefinitionNode;
      const request = { schema, document, operation, source, request: {}, queryHash: 'x', context: contextValue };
      results.push(JSON.parse(JSON.stringify(await gateway.executor(request as never))));
      await gateway.stop();
    }
    expect(results).toMatchObject([
      { data: { shelf: { label: 'one' } } },
      { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
    ]);
  });

  test('an answer is made as a whole before its bytes are counted, and gives nobody a turn meanwhile', async () => {
    const rows = 50_000;
    const make = async (executor: 'ours' | 'apollo', answerBytes: number): Promise<{ read: number; turns: number }> => {
      let read = 0;
      let turns = 0;
      let counting: NodeJS.Immediate | undefined;
      const count = (): void => {
        turns += 1;
        counting = setImmediate(count);
      };
      const person = {
        get name() {
          read += 1;
          return 'a name as long as most';
        },
      };
      const people: Subgraph = {
        ...library.people,
        async execute() {
          counting = setImmediate(count);
          return { data: { people: Array.from({ length: rows }, () => person) } };
        },
      };
      const ask = await start({ executor, answerBytes }, { ...library, people });
      const { errors } = await ask({ query: '{ people { name } }' });
      clearImmediate(counting);
      expect(errors?.[0].extensions.code).toBe(answerBytes < rows ? 'ANSWER_TOO_LARGE' : undefined);
      return { read, turns };
    };
    expect((await make('ours', 40_000)).read).toBeLessThan(rows / 2);
    expect((await make('apollo', 40_000)).read).toBeGreaterThanOrEqual(rows);
    const [ours, apollos] = [await make('ours', 10_000_000), await make('apollo', 10_000_000)];
    expect(ours.turns).toBeGreaterThan(apollos.turns);
  });
});
