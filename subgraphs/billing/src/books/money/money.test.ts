import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { add, exponentOf, formatMinor, MAX_MINOR, parseMoney, roundHalfUp, share } from './money.ts';

test.each<{ amount: string; currency: string; minor: bigint | null }>`
  amount                 | currency | minor
  ${'12.30'}             | ${'EUR'} | ${1230n}
  ${'12.3'}              | ${'EUR'} | ${1230n}
  ${'12'}                | ${'EUR'} | ${1200n}
  ${'-0.01'}             | ${'EUR'} | ${-1n}
  ${'12.300'}            | ${'EUR'} | ${1230n}
  ${'12.301'}            | ${'EUR'} | ${null}
  ${'500'}               | ${'JPY'} | ${500n}
  ${'500.5'}             | ${'JPY'} | ${null}
  ${'1.234'}             | ${'KWD'} | ${1234n}
  ${'1e3'}               | ${'EUR'} | ${null}
  ${''}                  | ${'EUR'} | ${null}
  ${'9007199254740992'}  | ${'EUR'} | ${null}
  ${'90071992547409.91'} | ${'EUR'} | ${MAX_MINOR}
  ${'1.00'}              | ${'eur'} | ${null}
  ${'1.00'}              | ${'XYZ'} | ${null}
`('$amount $currency is $minor of the smallest unit', ({ amount, currency, minor }) => {
  expect(parseMoney({ amount, currency })?.minor ?? null).toBe(minor);
});

test('what is written is read again as the same amount, in every currency', () => {
  const currencies = fc.constantFrom('EUR', 'USD', 'JPY', 'KWD', 'CHF');
  fc.assert(
    fc.property(fc.bigInt(-MAX_MINOR, MAX_MINOR), currencies, (minor, currency) => {
      expect(parseMoney({ amount: formatMinor({ minor, currency }), currency })).toEqual({ minor, currency });
    }),
  );
});

test('a half goes away from zero, either sign; a share is in basis points', () => {
  expect([roundHalfUp(5n, 2n), roundHalfUp(-5n, 2n), roundHalfUp(4n, 3n), roundHalfUp(0n, 3n)]).toEqual([
    3n,
    -3n,
    1n,
    0n,
  ]);
  expect([share(1_999n, 2_000), share(5n, 1_000), share(100n, 0), share(100n, 10_000)]).toEqual([400n, 1n, 0n, 100n]);
});

test('nothing converts', () => {
  expect(() => add({ minor: 1n, currency: 'EUR' }, { minor: 1n, currency: 'USD' })).toThrow(TypeError);
  expect(() => exponentOf('XXY')).toThrow(RangeError);
});
