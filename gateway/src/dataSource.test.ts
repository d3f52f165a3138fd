import type { SubgraphRequest, SubgraphResponse } from '@comptoir/shared/subgraph.ts';
import { expect, test } from '@jest/globals';
import { dataSource } from './dataSource.ts';

const viewer = { kind: 'ANONYMOUS', userId: null, sessionId: null, requestId: 'r', address: null } as const;

/** What the subgraph is sent for these representations, and what the gateway is handed when it answers with `response`. */
async function fetchEntities(
  representations: unknown[],
  response: SubgraphResponse,
): Promise<{ sent: unknown; entities: Record<string, unknown>[]; errors: SubgraphResponse['errors'] }> {
  const requests: SubgraphRequest[] = [];
  const source = dataSource({
    name: 'accounts',
    async execute(request) {
      requests.push(request);
      return response;
    },
  });
  const variables = { first: 10, representations };
  const options = {
    kind: 'incoming operation',
    request: { query: '{ _entities { id } }', variables },
    context: { viewer, trace: {} },
  };
  const { data, errors } = await source.process(options as never);
  return { sent: requests[0]?.variables, entities: data?._entities, errors: errors as SubgraphResponse['errors'] };
}

const account = (id: string): object => ({ __typename: 'Account', id });

test('asks for each entity once and puts it where it was asked for', async () => {
  const { sent, entities } = await fetchEntities([account('a'), account('b'), account('a')], {
    data: { _entities: [{ name: 'A' }, { name: 'B' }] },
  });
  expect(sent).toEqual({ first: 10, representations: [account('a'), account('b')] });
  expect(entities).toEqual([{ name: 'A' }, { name: 'B' }, { name: 'A' }]);
});

test('no two places share an object, however deep: the gateway merges into them', async () => {
  const { entities } = await fetchEntities([account('a'), account('a')], {
    data: { _entities: [{ owner: { tags: [{ text: 'one' }] } }] },
  });
  const [one, other] = entities as { owner: { tags: { text: string }[] } }[];
  (one?.owner.tags[0] as { text: string }).text = 'changed';
  one?.owner.tags.push({ text: 'two' });
  expect(other).toEqual({ owner: { tags: [{ text: 'one' }] } });
});

test('entities that are all different are sent as they are', async () => {
  const { sent, entities } = await fetchEntities([account('a'), account('b')], {
    data: { _entities: [{ name: 'A' }, null] },
  });
  expect(sent).toEqual({ first: 10, representations: [account('a'), account('b')] });
  expect(entities).toEqual([{ name: 'A' }, null]);
});

test('an absent entity is absent at each of its places, and its error stands there', async () => {
  const error = { message: 'No.', path: ['_entities', 1, 'name'], extensions: { code: 'FORBIDDEN' } };
  const { entities, errors } = await fetchEntities([account('a'), account('b'), account('b')], {
    data: { _entities: [{ name: 'A' }, null] },
    errors: [error, { message: 'All.', extensions: { code: 'X' } }],
  });
  expect(entities).toEqual([{ name: 'A' }, null, null]);
  expect(errors?.map(({ path }) => path)).toEqual([['_entities', 1, 'name'], ['_entities', 2, 'name'], undefined]);
});

test('an answer without entities stays one', async () => {
  const { entities, errors } = await fetchEntities([account('a'), account('a')], {
    data: null,
    errors: [{ message: 'Late.', extensions: { code: 'SUBGRAPH_TIMEOUT' } }],
  });
  expect(entities).toBeUndefined();
  expect(errors).toHaveLength(1);
});
