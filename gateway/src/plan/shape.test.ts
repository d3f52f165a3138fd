import { expect, test } from '@jest/globals';
import { buildSchema, type GraphQLObjectType, type OperationDefinitionNode, parse } from 'graphql';
import { readShape } from './shape.ts';
import { createWriter, written } from './written.ts';

const schema = buildSchema(`
  type Query { shelves: [Shelf] all: [Shelf!] }
  type Shelf { label: String! books: [Book!] }
  type Book { title: String! pages: Int }
`);
const query = '{ shelves { label books { title pages } } all { books { title } } }';
const book = (title: string | null) => ({ title, pages: 1 });
const data = {
  shelves: [
    { label: 'one', books: [book('a'), book('b')] },
    { label: null, books: [] },
    null,
    { label: 'two', books: [book('c'), book(null), book(null)] },
  ],
  all: [{ books: [] }, null],
};

async function answer(breathe: () => Promise<void> | undefined): Promise<{ text: unknown; missing: string[] }> {
  const operation = parse(query).definitions[0] as OperationDefinitionNode;
  const context = { schema, fragments: {}, variables: {}, wrong: null };
  const shape = readShape(schema.getQueryType() as GraphQLObjectType, operation.selectionSet, context);
  const missing: string[] = [];
  const writer = createWriter(10_000);
  expect(await shape(data, { writer, missing: (path) => missing.push(path.join('.')), breathe })).toBe(true);
  return { text: JSON.parse(JSON.stringify(written(writer))), missing };
}

test('a place that may not be empty takes along what is around it, whether or not others had a turn meanwhile', async () => {
  const expected = {
    text: {
      shelves: [
        {
          label: 'one',
          books: [
            { title: 'a', pages: 1 },
            { title: 'b', pages: 1 },
          ],
        },
        null,
        null,
        { label: 'two', books: null },
      ],
      all: null,
    },
    missing: ['shelves.1.label', 'shelves.3.books.1.title', 'shelves.3.books.2.title', 'all.1'],
  };
  expect(await answer(() => undefined)).toEqual(expected);
  let turns = 0;
  const everyTime = await answer(async () => {
    turns += 1;
  });
  expect(everyTime).toEqual(expected);
  // Before each element of each list.
  expect(turns).toBe(11);
});
