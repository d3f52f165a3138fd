import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LARGE_BYTES, readJson, writeJson } from './json.ts';

async function* inPieces(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Large enough to be read and written in turns, whatever is in it. */
const large = <Value>(value: Value): { value: Value; filler: string } => ({ value, filler: 'x'.repeat(LARGE_BYTES) });

/** What one asks for may be called anything, and a value of `JSON` holds anything. */
const HARD = {
  __proto__: { inherited: true },
  constructor: { prototype: 1 },
  toString: null,
  10: 'a number first',
  2: { 1: 'b' },
  numbers: [0, -0.5, 1e21, 1.7976931348623157e308, 5e-324, Number.MAX_SAFE_INTEGER, 0.1, 123456789.01],
  texts: ['', '"\\/\b\f\n\r\t', '\u0000\u2028', 'ä€😀', '\ud800', '{}[],:', '\ufeff', 'a\ufeffb', '\u00e4\ufeff'],
  empty: [{}, [], [[]], { a: {} }],
  '\ufeffname': '\ufeff',
};
const ownProto = JSON.parse('{"__proto__": {"__proto__": [1, {"a": 2}]}, "after": 1}');

test.each([7, 1_000, 1_000_000])('what is read in pieces of %i bytes is what JSON.parse reads', async (size) => {
  const text = JSON.stringify(large({ HARD, ownProto }));
  const read = (await readJson(inPieces(text, size))) as ReturnType<typeof large<{ ownProto: object }>>;
  expect(JSON.stringify(read)).toBe(text);
  expect(Object.keys(read.value.ownProto)).toEqual(['__proto__', 'after']);
  expect(Object.getPrototypeOf(read.value.ownProto)).toBe(Object.prototype);
});

test('any JSON is written and read in turns as it is in one go', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.integer({ min: 500, max: 100_000 }), async (json, size) => {
      const value = large(JSON.parse(json));
      const pieces = await writeJson(value, LARGE_BYTES);
      expect(pieces.length).toBeGreaterThan(0);
      const text = Buffer.concat(pieces).toString('utf8');
      expect(text).toBe(JSON.stringify(value));
      expect(JSON.stringify(await readJson(inPieces(text, size)))).toBe(text);
    }),
    { numRuns: 100 },
  );
});

test.each([0, LARGE_BYTES])('what has no place in JSON is left out, %i bytes', async (bytes) => {
  const value = { data: Object.assign(Object.create(null), { a: undefined, b: [undefined] }), errors: undefined };
  expect(Buffer.concat(await writeJson(value, bytes)).toString()).toBe('{"data":{"b":[null]}}');
});

describe.each([
  ['small', (text: string) => text],
  ['large', (text: string) => `["${'x'.repeat(LARGE_BYTES)}",${text}`],
])('%s', (_, around) => {
  test.each(['', '{"a":', '{"a" 1}', '[1,,2]', '[1}', '<html>', '"text', '1 2', 'nul'])(
    'what is no JSON is undefined: %s',
    async (text) => {
      expect(await readJson(inPieces(around(text), 1_000))).toBeUndefined();
    },
  );

  test('what breaks off is told', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield* inPieces(around('[1'), 1_000);
      throw new Error('broken off');
    }
    await expect(readJson(broken())).rejects.toThrow('broken off');
  });
});

test('space after it is nothing', async () => {
  const text = JSON.stringify(large(1));
  expect(await readJson(inPieces(`${text} \n`, 1_000))).toEqual(large(1));
});

test('others have a turn while a large one is read and written', async () => {
  const rows = Array.from({ length: 8_000 }, (_, at) => ({ id: at, name: `name of ${at}`, more: [at, { at }] }));
  const value = { rows };
  let turns = 0;
  const count = (): void => {
    turns += 1;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const pieces = await writeJson(value, LARGE_BYTES);
  const written = turns;
  const read = await readJson(inPieces(Buffer.concat(pieces), 65_536));
  clearImmediate(timer);
  expect(written).toBeGreaterThan(0);
  expect(turns).toBeGreaterThan(written);
  expect(read).toEqual(value);
});
