import { newId } from '@comptoir/shared/values/uuid.ts';
import { expect, test } from '@jest/globals';
import {
  firstRefreshToken,
  hashRefreshToken,
  judgeRefresh,
  RETRY_MS,
  type RefreshToken,
  readRefreshToken,
  successor,
  writeRefreshToken,
} from './refreshToken.ts';

const KEY = 'the key of this test';
const rotatedAt = new Date('2026-03-01T10:00:00Z');
const after = (milliseconds: number): Date => new Date(rotatedAt.getTime() + milliseconds);
const chainAt = (token: RefreshToken) => ({
  generation: token.generation,
  hash: hashRefreshToken(token),
  lastSeenAt: rotatedAt,
});

const first = firstRefreshToken(newId());
const second = successor(first, KEY);
const third = successor(second, KEY);

test('a token reads back as it was written, and another text is none', () => {
  expect(readRefreshToken(writeRefreshToken(third))).toEqual(third);
  for (const text of ['', 'rt_', 'rt_x', `${writeRefreshToken(first)}x`, writeRefreshToken(first).slice(1)]) {
    expect(readRefreshToken(text)).toBeNull();
  }
});

test.each`
  what                          | token                                 | after           | verdict
  ${'the current one'}          | ${third}                              | ${9_999_999}    | ${'ROTATE'}
  ${'the one before, at once'}  | ${second}                             | ${RETRY_MS}     | ${'RETRY'}
  ${'the one before, too late'} | ${second}                             | ${RETRY_MS + 1} | ${'REUSED'}
  ${'one long before, at once'} | ${first}                              | ${1}            | ${'REUSED'}
  ${'one that is to come'}      | ${successor(third, KEY)}              | ${1}            | ${'UNKNOWN'}
  ${'one of another key'}       | ${successor(second, 'another')}       | ${1}            | ${'UNKNOWN'}
  ${'a made-up older one'}      | ${{ ...first, secret: third.secret }} | ${1}            | ${'UNKNOWN'}
  ${'a number that lies'}       | ${{ ...second, generation: 0 }}       | ${1}            | ${'UNKNOWN'}
`('GUARD $what: $verdict', (row: unknown) => {
  const { token, after: milliseconds, verdict } = row as { token: RefreshToken; after: number; verdict: string };
  expect(judgeRefresh(chainAt(third), token, KEY, after(milliseconds))).toBe(verdict);
});

test('GUARD the successor is the same however often it is asked for, and another for another key', () => {
  expect(successor(first, KEY)).toEqual(second);
  expect(successor(first, 'another').secret.equals(second.secret)).toBe(false);
});
