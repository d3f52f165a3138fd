import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';

const SCHEMA = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const FOLDER = new URL('./examples/', import.meta.url);

test.each(readdirSync(FOLDER))('the example %s asks for what there is', (file) => {
  const document = parse(readFileSync(new URL(file, FOLDER), 'utf8'));
  expect(validate(SCHEMA, document).map(({ message }) => message)).toEqual([]);
});

const GUIDE = readFileSync(new URL('../../../docs/billing-by-curl.md', import.meta.url), 'utf8');

/** The operations of the guide's shell lines: in single quotes as they are, in double quotes with `$quote` put in. */
function operationsOf(guide: string): string[] {
  const shell = [...guide.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => text as string).join('\n');
  const [, quote = ''] = /^quote='([^']*)'/m.exec(shell) ?? [];
  const plain = [...shell.matchAll(/'((?:query|mutation|\{ (?=[a-z]))[^']*)'/g)].map(([, text]) => text as string);
  const filled = [...shell.matchAll(/"(mutation[^"]*)"/g)].map(([, text]) =>
    (text as string).replace(/(?<!\\)\$quote/, quote).replaceAll('\\$', '$'),
  );
  return [...plain, ...filled];
}

test('what docs/billing-by-curl.md asks for is there', () => {
  const operations = operationsOf(GUIDE);
  expect(operations.length).toBeGreaterThan(12);
  for (const text of operations) {
    const problems = validate(SCHEMA, parse(text)).map(({ message }) => message);
    expect([text, problems]).toEqual([text, []]);
  }
});
