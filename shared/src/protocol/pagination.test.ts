import { expect, test } from '@jest/globals';
import { connection, readPage } from './pagination.ts';

const keysOf = ({ id }: { id: string }): string[] => [id];
const rows = ['a', 'b', 'c'].map((id) => ({ id }));
const cursor = (id: string): string => Buffer.from(JSON.stringify([id])).toString('base64url');

test('a connection has a cursor for each edge, and the row too many only says that there is more', () => {
  const { nodes, edges, pageInfo } = connection(rows, { first: 2, after: ['0'] }, keysOf);
  expect(nodes).toEqual([{ id: 'a' }, { id: 'b' }]);
  expect(edges).toEqual([
    { cursor: cursor('a'), node: { id: 'a' } },
    { cursor: cursor('b'), node: { id: 'b' } },
  ]);
  expect({ ...pageInfo }).toEqual({
    hasNextPage: true,
    hasPreviousPage: true,
    startCursor: cursor('a'),
    endCursor: cursor('b'),
  });
});

test('a connection of nothing has no cursors', () => {
  const { nodes, edges, pageInfo } = connection([], { first: 2, after: null }, keysOf);
  expect({ nodes, edges, pageInfo: { ...pageInfo } }).toEqual({
    nodes: [],
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
});

test('whoever wants the nodes pays for no cursor', () => {
  let asked = 0;
  const counted = connection(rows, { first: 3, after: null }, (row) => {
    asked += 1;
    return keysOf(row);
  });
  expect([counted.nodes.length, counted.pageInfo.hasNextPage, asked]).toEqual([3, false, 0]);
  expect([counted.pageInfo.endCursor, asked]).toEqual([cursor('c'), 1]);
});

test('a cursor of a connection is read where the next page is asked for', () => {
  const { pageInfo } = connection(rows, { first: 2, after: null }, keysOf);
  expect(readPage({ after: pageInfo.endCursor }, ['text'])).toEqual({ first: 20, after: ['b'] });
});

test('a number in a cursor is one that an integer of the database holds', () => {
  const { pageInfo } = connection([{ id: '42' }], { first: 2, after: null }, keysOf);
  expect(readPage({ after: pageInfo.endCursor }, ['number']).after).toEqual(['42']);
  for (const id of ['-1', '1.5', '1e3', '9999999999', 'x', '']) {
    expect(() => readPage({ after: cursor(id) }, ['number'])).toThrow('not one of this list');
  }
});
