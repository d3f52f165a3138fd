import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { textOf, write } from './written.ts';

const data = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })) as fc.Arbitrary<Record<string, unknown>>;

test('what is written piece by piece is the JSON of the whole, to the byte', async () => {
  await fc.assert(
    fc.asyncProperty(data, fc.boolean(), async (given, failed) => {
      const result = failed ? { errors: [{ message: 'no' }], data: given } : { data: given };
      const text = JSON.stringify(given);
      const bytes = Buffer.byteLength(text);
      if (bytes > 0) expect(await write({ ...given }, bytes - 1)).toBe(false);
      expect(await write(given, bytes)).toBe(true);
      expect(textOf(result)).toBe(`${JSON.stringify(result)}\n`);
    }),
  );
});

test('what was not written before is written as it is', () => {
  expect(textOf({ data: { a: [1] } })).toBe('{"data":{"a":[1]}}\n');
  expect(textOf({ data: null })).toBe('{"data":null}\n');
  expect(textOf({})).toBe('{}\n');
});
