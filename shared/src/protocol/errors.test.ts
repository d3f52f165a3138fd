import { expect, test } from '@jest/globals';
import { buildSchema, execute, GraphQLError, parse } from 'graphql';
import { messageOf } from './errors.ts';

const SCHEMA = buildSchema(`
  input LogIn { email: String!, password: String!, tries: Int }
  type Query { logIn(input: LogIn!): Int }
`);
const DOCUMENT = parse('query ($i: LogIn!) { logIn(input: $i) }');
const SECRET = 'correct horse; at "battery"';

async function messagesFor(i: unknown): Promise<string[]> {
  const { errors = [] } = await execute({ schema: SCHEMA, document: DOCUMENT, variableValues: { i } });
  return errors.map(messageOf);
}

test('a variable that lacks a field is told which, and not what it says otherwise', async () => {
  expect(await messagesFor({ email: 'a@b.example', pasword: SECRET })).toEqual([
    'Variable "$i": Field "password" of required type "String!" was not provided.',
    'Variable "$i": Field "pasword" is not defined by type "LogIn". Did you mean "password"?',
  ]);
  expect(await messagesFor({ password: SECRET.repeat(100) })).toEqual([
    'Variable "$i": Field "email" of required type "String!" was not provided.',
  ]);
});

test('a wrong value is told with its place', async () => {
  expect(await messagesFor({ email: 'a@b.example', password: SECRET, tries: 'three' })).toEqual([
    'Variable "$i" at "i.tries": Int cannot represent non-integer value: "three"',
  ]);
  expect(await messagesFor(SECRET)).toEqual(['Variable "$i": Expected type "LogIn" to be an object.']);
});

test('other messages pass as they are', () => {
  const error = new GraphQLError('There is no such page.', { originalError: new Error('page') });
  expect(messageOf(error)).toBe('There is no such page.');
});
