import { expect, test } from '@jest/globals';
import { type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode, parse, visit } from 'graphql';
import { checkLimits } from './limits.ts';
import { fragmentsOf, open } from './opened.ts';

const times = (count: number, make: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => make(n)).join(' ');

/** A text that takes long to print: each of its characters has to be escaped. */
const ESCAPED = '\u007f'.repeat(235);
const fields = (count: number): string => times(count, (n) => `a: f(x: "${ESCAPED}${n}")`);

/** Counts how often the value of an argument is looked at. */
function watch(document: DocumentNode): { looked: number } {
  const count = { looked: 0 };
  visit(document, {
    Argument(argument) {
      const { value } = argument;
      Object.defineProperty(argument, 'value', {
        enumerable: true,
        get() {
          count.looked += 1;
          return value;
        },
      });
    },
  });
  count.looked = 0;
  return count;
}

function opening(query: string, most?: { written: number; repeats: number }) {
  const document = parse(query, { noLocation: true });
  const count = watch(document);
  const all = document.definitions.map((one) =>
    open(one as OperationDefinitionNode | FragmentDefinitionNode, fragmentsOf(document), most),
  );
  return { looked: count.looked, all };
}

test('GUARD arguments are printed once, however often they are spread and by how many definitions', () => {
  const fragment = `fragment F on Query { ${fields(60)} }`;
  const { looked: once } = opening(`{ ...F } ${fragment}`);
  expect(once).toBeGreaterThanOrEqual(60);
  const spread = opening(`{ ${'...F '.repeat(19)} } ${fragment}`);
  expect(spread.looked).toBe(once);
  expect(spread.all[0]).toMatchObject({ written: 19 * 61 });
  expect(spread.all[0]?.fields).toHaveLength(60);
  expect(opening(`{ ...F } ${fragment} ${times(130, (n) => `fragment D${n} on Query { ...F }`)}`).looked).toBe(once);
  // Linear: twice as many fields are looked at twice as often.
  expect(opening(`{ ${fields(120)} }`).looked).toBe(2 * once);
});

test('GUARD beyond the most repeats nothing is compared any more, and all that is written still counts', () => {
  const most = { written: 4_000, repeats: 45 };
  // Eleven of one name are 55 pairs.
  const { looked: eleven } = opening(`{ ${fields(11)} }`, most);
  const { looked, all } = opening(`{ ${fields(200)} }`, most);
  expect(looked).toBe(eleven);
  expect(all[0]).toMatchObject({ written: 200, repeats: 55 });
  expect(opening(`{ ${'...F '.repeat(200)} } fragment F on Query { ${fields(200)} }`, most).all[0]).toBeNull();
});

/** Definitions beside the operation that each spread F. */
const spreading = (kind: string): string => times(130, (n) => kind.replace('D', `D${n}`));

test.each([
  [
    'many fields of one name, spread again and again',
    `{ ${'...F '.repeat(19)} } fragment F on Query { ${fields(199)} }`,
    'repeated',
  ],
  [
    'by many fragments',
    `{ v { ...F } } fragment F on Query { ${fields(95)} } ${spreading('fragment D on Query { ...F }')}`,
    'repeated',
  ],
  ['by many operations', `fragment F on Query { ${fields(95)} } ${spreading('query D { v { ...F } }')}`, 'repeated'],
  [
    'fields of many names, by many fragments',
    `{ v { ...F } } fragment F on Query { ${times(190, (n) => `a${n}`)} } ${spreading('fragment D on Query { ...F }')}`,
    '4000 selections',
  ],
])('GUARD a document is judged by all of its definitions together: %s', (_what, query, why) => {
  expect(query.length).toBeLessThan(50_000);
  expect(checkLimits(query)).toMatchObject({
    message: expect.stringContaining(why),
    extensions: { code: 'OPERATION_TOO_LARGE' },
  });
});
