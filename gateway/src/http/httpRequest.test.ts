import { expect, test } from '@jest/globals';
import { parseBody, readRequestId, responseType } from './httpRequest.ts';

test.each([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
  ['application/graphql-response+json, application/json;q=0.9', 'application/graphql-response+json'],
  ['application/graphql-response+json; charset=utf-8, */*;q=0.1', 'application/graphql-response+json'],
  ['application/json;q=0, */*', 'application/graphql-response+json'],
  ['application/json;q=0, application/graphql-response+json;q=0, */*', null],
  ['text/html', null],
  ['image/png, text/*;q=0.5', null],
  ['', null],
])('Accept %j is answered with %j', (accept, expected) => {
  expect(responseType(accept)).toBe(expected);
});

test('a request id is kept when it looks like one', () => {
  expect(readRequestId('order_17-b')).toBe('order_17-b');
  expect(readRequestId('x'.repeat(65))).toHaveLength(36);
  expect(readRequestId('a b\n{"level":50}')).toHaveLength(36);
  expect(readRequestId('')).toHaveLength(36);
  expect(readRequestId(undefined)).not.toBe(readRequestId(undefined));
});

test.each([
  ['{"query":', /not JSON/],
  ['[{"query":"{ a }"}]', /batches/],
  ['null', /object/],
  ['"query"', /object/],
  ['{}', /"query"/],
  ['{"query":7}', /"query"/],
  ['{"query":""}', /"query"/],
  ['{"query":{"kind":"Document"}}', /"query"/],
  ['{"query":"{ a }","variables":[1]}', /"variables"/],
  ['{"query":"{ a }","variables":"{}"}', /"variables"/],
  ['{"query":"{ a }","operationName":1}', /"operationName"/],
  ['{"query":"{ a }","extensions":1}', /"extensions"/],
  [`{"query":"{ a }","variables":${'{"a":'.repeat(40)}1${'}'.repeat(41)}`, /nests/],
])('the body %s is refused with a reason', (text, reason) => {
  expect(() => parseBody(Buffer.from(text))).toThrow(reason);
});

test('a body that is not UTF-8 is refused', () => {
  expect(() => parseBody(Buffer.from([0x22, 0xff, 0x22]))).toThrow(/UTF-8/);
});

test('null stands for absent', () => {
  const text = '{"query":"{ a }","variables":null,"operationName":null,"extensions":null}';
  expect(parseBody(Buffer.from(text)).query).toBe('{ a }');
});
