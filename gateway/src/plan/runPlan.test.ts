import type { SubgraphRequest, SubgraphResponse } from '@comptoir/shared/protocol/subgraph.ts';
import { expect, test } from '@jest/globals';
import type { Data } from './data.ts';
import { type Run, runPlan } from './runPlan.ts';
import { type Fetch, readPlan, type Step } from './steps.ts';

type Asked = { subgraph: string } & SubgraphRequest;
const account = (id: string): Data => ({ __typename: 'Account', id });

/** A fetch about the accounts at a path. */
const fetchAt = (path: string[], subgraph = 'accounts'): Step =>
  readPlan(
    {
      kind: 'Flatten',
      path,
      node: {
        kind: 'Fetch',
        serviceName: subgraph,
        operation: `query ($representations: [_Any!]!, $first: Int) { ${subgraph} }`,
        operationName: undefined,
        operationKind: 'query' as never,
        variableUsages: ['first', 'unsaid'],
        requires: [
          {
            kind: 'InlineFragment',
            typeCondition: 'Account',
            selections: [
              { kind: 'Field', name: '__typename' },
              { kind: 'Field', name: 'id' },
            ],
          },
        ],
      },
    },
    (typename, condition) => typename === condition,
  );

/** Runs it on what is there already; each fetch is answered by the function. */
async function run(
  step: Step,
  data: Data,
  answer: (asked: Asked) => SubgraphResponse | Promise<SubgraphResponse>,
  variables: Run['variables'] = {},
  budget: Run['budget'] = { left: 1_000_000 },
): Promise<{
  asked: Asked[];
  data: Data;
  errors: { message: string; path?: readonly unknown[]; code: unknown }[];
  lost: string[];
}> {
  const asked: Asked[] = [];
  const state: Run = {
    variables,
    coerced: variables,
    data,
    errors: [],
    more: 0,
    lost: new Map(),
    emptied: [],
    budget,
    isMutation: false,
    breathe: () => undefined,
    async ask(subgraph, request) {
      asked.push({ subgraph, ...request });
      return await answer({ subgraph, ...request });
    },
  };
  await runPlan(step, state);
  const errors = state.errors.map(({ message, path, extensions }) => ({ message, path, code: extensions.code }));
  return { asked, data, errors, lost: [...state.lost.values()].map(({ message }) => message) };
}

test('asks for each entity once and puts it where it was asked for, with the variables that were given', async () => {
  const data = { list: [account('a'), account('b'), null, account('a')] };
  const entities = [{ name: 'A' }, { name: 'B' }];
  const { asked } = await run(fetchAt(['list', '@']), data, () => ({ data: { _entities: entities } }), {
    first: 10,
    other: 1,
  });
  expect(asked.map(({ variables }) => variables)).toEqual([
    { first: 10, representations: [account('a'), account('b')] },
  ]);
  expect(data.list.map((place) => place?.name)).toEqual(['A', 'B', undefined, 'A']);
});

test('what cannot be asked for is left out, and the rest comes to its own places', async () => {
  const data = { list: [{ __typename: 'Film', id: 'f' }, account('a'), { __typename: 'Account' }, account('b')] };
  const error = { message: 'No.', path: ['_entities', 1, 'name'], extensions: { code: 'FORBIDDEN' } };
  const { asked, errors } = await run(fetchAt(['list', '@']), data, () => ({
    data: { _entities: [{ name: 'A' }, { name: null }] },
    errors: [error],
  }));
  expect(asked[0]?.variables?.representations).toEqual([account('a'), account('b')]);
  expect(data.list).toEqual([
    { __typename: 'Film', id: 'f' },
    { ...account('a'), name: 'A' },
    { __typename: 'Account' },
    { ...account('b'), name: null },
  ]);
  expect(errors).toEqual([{ message: 'No.', path: ['list', 3, 'name'], code: 'FORBIDDEN' }]);
});

test('an absent entity is absent at each of its places, and its error stands there; one about everything stands nowhere', async () => {
  const data = { list: [account('a'), account('b'), account('b')] };
  const error = { message: 'No.', path: ['_entities', 1, 'name'], extensions: { code: 'FORBIDDEN' } };
  const { errors } = await run(fetchAt(['list', '@']), data, () => ({
    data: { _entities: [{ name: 'A' }, null] },
    errors: [error, { message: 'All.', extensions: { code: 'X' } }],
  }));
  expect(data.list).toEqual([{ ...account('a'), name: 'A' }, account('b'), account('b')]);
  expect(errors.map(({ path }) => path)).toEqual([['list', 1, 'name'], ['list', 2, 'name'], undefined]);
});

test('of very many errors a thousand are told', async () => {
  const accounts = Array.from({ length: 800 }, () => account('a'));
  const { errors } = await run(fetchAt(['accounts', '@']), { accounts }, () => ({
    data: { _entities: [{ name: null, secret: null }] },
    errors: ['name', 'secret'].map((field) => ({
      message: 'No.',
      path: ['_entities', 0, field],
      extensions: { code: 'FORBIDDEN' },
    })),
  }));
  expect(errors).toHaveLength(1_000);
  expect(errors.at(-1)?.path).toEqual(['accounts', 199, 'secret']);
});

test('more entities than a subgraph gives at once are asked for in several calls, and an error stands at its own', async () => {
  const accounts = Array.from({ length: 2_500 }, (_, n) => account(`${n}`));
  const { asked, errors } = await run(fetchAt(['accounts', '@']), { accounts }, ({ variables }) => {
    const { representations } = variables as { representations: { id: string }[] };
    const ids = representations.map(({ id }) => id);
    const at = ids.indexOf('1500');
    const error = { message: 'No.', path: ['_entities', at, 'name'], extensions: { code: 'FORBIDDEN' } };
    return { data: { _entities: ids.map((id) => ({ name: `Name ${id}` })) }, ...(at < 0 ? {} : { errors: [error] }) };
  });
  const sizes = asked.map(({ variables }) => (variables as { representations: unknown[] }).representations.length);
  expect(sizes).toEqual([1_000, 1_000, 500]);
  expect(accounts.every((one) => one.name === `Name ${one.id}`)).toBe(true);
  expect(errors).toEqual([{ message: 'No.', path: ['accounts', 1_500, 'name'], code: 'FORBIDDEN' }]);
});

test('of a fetch in several calls what went wrong first explains its places, and those are looked for once', async () => {
  const accounts = Array.from({ length: 2_500 }, (_, n) => account(`${n}`));
  let looked = 0;
  const data = {
    get accounts() {
      looked += 1;
      return accounts;
    },
  };
  let calls = 0;
  const { lost, errors } = await run(fetchAt(['accounts', '@']), data, () => ({
    data: { _entities: [null] },
    errors: [
      { message: `Call ${++calls}.`, extensions: { code: 'X' } },
      { message: 'No.', path: ['_entities', 0, 'name'], extensions: { code: 'FORBIDDEN' } },
    ],
  }));
  expect(lost).toEqual(['Call 1.']);
  expect(errors.flatMap(({ path }) => (path === undefined ? [] : [path[1]]))).toEqual([0, 1_000, 2_000]);
  // For the entities, and for the errors about them.
  expect(looked).toBe(2);
});

test('once the budget is spent no further entities are asked for', async () => {
  const data = { list: Array.from({ length: 2_500 }, (_, at) => account(`${at}`)) };
  const budget = { left: 100 };
  const answer = (): SubgraphResponse => {
    budget.left -= 101;
    return { data: null, errors: [{ message: 'Too large.', extensions: { code: 'ANSWER_TOO_LARGE' } }] };
  };
  expect((await run(fetchAt(['list', '@']), data, answer, {}, budget)).asked).toHaveLength(1);
});

test('what is fetched for an entity later reaches each of its places, however deep', async () => {
  const data = { list: [account('a'), account('a')] };
  const owner = { owner: account('o') };
  const both: Step = { kind: 'sequence', steps: [fetchAt(['list', '@']), fetchAt(['list', '@', 'owner'], 'identity')] };
  const { asked } = await run(both, data, ({ subgraph }) =>
    subgraph === 'accounts'
      ? { data: { _entities: [owner] } }
      : { data: { _entities: [{ name: 'Olga', tags: ['x'] }] } },
  );
  expect(asked).toHaveLength(2);
  const whole = { ...account('a'), owner: { ...account('o'), name: 'Olga', tags: ['x'] } };
  expect(data.list).toEqual([whole, whole]);
});

test('an outage, a bug and an answer of another kind leave what others bring', async () => {
  const root: Fetch = {
    kind: 'fetch',
    subgraph: 'trackers',
    query: '{ count }',
    operationName: undefined,
    variables: [],
    path: [],
    rewrite: () => undefined,
  };
  const data: Data = { list: [account('a')] };
  const both: Step = { kind: 'parallel', steps: [fetchAt(['list', '@']), root] };
  const answers: (() => SubgraphResponse)[] = [
    () => ({ data: null, errors: [{ message: 'Late.', extensions: { code: 'SUBGRAPH_TIMEOUT' } }] }),
    () => ({ data: { _entities: 'none' } }),
    () => {
      throw new Error('connect ECONNREFUSED');
    },
  ];
  for (const answer of answers) {
    const { errors } = await run(both, data, ({ subgraph }) =>
      subgraph === 'trackers' ? { data: { count: 6 } } : answer(),
    );
    expect(data).toEqual({ list: [account('a')], count: 6 });
    expect(errors.map(({ code }) => code)).toEqual(
      answer === answers[0] ? ['SUBGRAPH_TIMEOUT'] : answer === answers[1] ? [] : ['INTERNAL_SERVER_ERROR'],
    );
  }
});

test('names that plain objects have are names like others', async () => {
  const data: Data = {};
  const root: Fetch = {
    kind: 'fetch',
    subgraph: 'trackers',
    query: '{ x }',
    operationName: undefined,
    variables: ['constructor'],
    path: [],
    rewrite: () => undefined,
  };
  const { asked } = await run(root, data, () => ({ data: JSON.parse('{"constructor": {"toString": {"id": 1}}}') }));
  await run(root, data, () => ({ data: JSON.parse('{"constructor": {"toString": {"name": "A"}}}') }));
  expect(asked[0]?.variables).toEqual({});
  expect(data).toEqual({ constructor: { toString: { id: 1, name: 'A' } } });
  expect(Object.hasOwn(Object, 'toString') || Object.hasOwn(Object.prototype, 'name')).toBe(false);
});
