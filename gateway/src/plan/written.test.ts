import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AFTER_DATA, createWriter, flush, jsonOf, markOf, takeBack, textOf, written } from './written.ts';

/** What is written for good, and what is written after a mark and taken back. */
const steps = fc.array(fc.record({ kept: fc.string(), dropped: fc.array(fc.string()) }));

test('pieces hold what was written and not taken back, to the byte, wherever one ends', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 20 }), (all, least) => {
      const writer = createWriter(Number.POSITIVE_INFINITY);
      for (const { kept, dropped } of all) {
        writer.text += jsonOf(kept);
        flush(writer, least);
        const mark = markOf(writer);
        for (const text of dropped) {
          writer.text += jsonOf(text);
          flush(writer, least);
        }
        takeBack(writer, mark);
      }
      const expected = all.map(({ kept }) => jsonOf(kept)).join('');
      const { pieces } = written(writer);
      expect(Buffer.concat(pieces).toString('utf8')).toBe(expected);
      expect(writer.bytes).toBe(Buffer.byteLength(expected));
    }),
  );
});

test('one byte beyond the bound is too much, and what was taken back does not count', () => {
  const write = (maxBytes: number): void => {
    const writer = createWriter(maxBytes);
    const mark = markOf(writer);
    writer.text += 'twelve bytes';
    takeBack(writer, mark);
    writer.text += '"éé"';
    written(writer);
  };
  expect(() => write(6)).not.toThrow();
  expect(() => write(5)).toThrow('The answer is too large.');
});

test('the text of a result and the pieces of its data are the JSON of the whole', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.boolean(), (given, failed) => {
      const writer = createWriter(Number.POSITIVE_INFINITY);
      writer.text += jsonOf(given);
      const data = written(writer);
      const rest = failed ? { errors: [{ message: 'no' }] } : {};
      const sent = Buffer.concat([Buffer.from(textOf({ ...rest, data })), ...data.pieces, AFTER_DATA]).toString('utf8');
      expect(sent).toBe(`${JSON.stringify({ ...rest, data: given })}\n`);
      expect(JSON.stringify(data)).toBe(JSON.stringify(given));
    }),
  );
});

test('what was not written before is written as it is', () => {
  expect(textOf({ data: { a: [1] } })).toBe('{"data":{"a":[1]}}\n');
  expect(textOf({ data: null })).toBe('{"data":null}\n');
  expect(textOf({})).toBe('{}\n');
});
