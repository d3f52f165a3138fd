import { expect, test } from '@jest/globals';
import pg from 'pg';
import { readInstant, TIMESTAMPTZ } from './instant.ts';

const byTheLibrary = pg.types.getTypeParser(TIMESTAMPTZ, 'text') as (text: string) => unknown;

test.each([
  ['2026-11-22 16:58:55+00', '2026-11-22T16:58:55.000Z'],
  ['2026-11-22 16:58:55.1+00', '2026-11-22T16:58:55.100Z'],
  ['2026-11-22 16:58:55.12+00', '2026-11-22T16:58:55.120Z'],
  ['2026-11-22 16:58:55.123+00', '2026-11-22T16:58:55.123Z'],
  ['2026-11-22 16:58:55.123999+00', '2026-11-22T16:58:55.123Z'],
  ['2024-02-29 23:59:59.000001+00', '2024-02-29T23:59:59.000Z'],
  ['0100-01-01 00:00:00+00', '0100-01-01T00:00:00.000Z'],
  ['9999-12-31 23:59:59.999999+00', '9999-12-31T23:59:59.999Z'],
  ['0099-01-01 00:00:00+00', '0099-01-01T00:00:00.000Z'],
  ['12026-01-02 03:04:05+00', '+012026-01-02T03:04:05.000Z'],
  ['2026-11-22 18:28:55.5+01:30', '2026-11-22T16:58:55.500Z'],
  ['2026-11-22 11:58:55-05', '2026-11-22T16:58:55.000Z'],
])('an instant is read as PostgreSQL wrote it: %s', (text, instant) => {
  expect(readInstant(text)).toEqual(new Date(instant));
  expect(readInstant(text)).toEqual(byTheLibrary(text));
});

test.each(['infinity', '-infinity', '0044-03-15 12:00:00+00 BC', '', 'soon'])(
  'what is no plain instant is what the library makes of it: %s',
  (text) => {
    expect(readInstant(text)).toEqual(byTheLibrary(text));
  },
);

test('every millisecond of a second, with and without zeros at its end', () => {
  for (let ms = 0; ms < 1_000; ms++) {
    const decimals = String(ms).padStart(3, '0');
    for (const text of [decimals, decimals.replace(/0+$/, '') || '0', `${decimals}999`])
      expect(readInstant(`2026-11-22 16:58:55.${text}+00`)).toEqual(new Date(Date.UTC(2026, 10, 22, 16, 58, 55, ms)));
  }
});
