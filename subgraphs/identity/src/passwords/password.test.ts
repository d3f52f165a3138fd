import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { expect, test } from '@jest/globals';
import { commonPasswords } from './commonPasswords.ts';
import { HASHES_AT_ONCE, MAX_WAITING } from './lanes.ts';
import { refusesPassword } from './password.ts';
import { hashPassword, NOBODYS_HASH, passwordMatches } from './passwordHash.ts';

test.each([
  ['', 'PASSWORD_TOO_SHORT'],
  ['nine char', 'PASSWORD_TOO_SHORT'],
  ['🔑🔑🔑🔑🔑', 'PASSWORD_TOO_SHORT'],
  ['x'.repeat(257), 'PASSWORD_TOO_LONG'],
  ['1234567890', 'PASSWORD_TOO_COMMON'],
  ['QwertyUiop', 'PASSWORD_TOO_COMMON'],
  ['zzzzzzzzzzzz', 'PASSWORD_TOO_COMMON'],
  ['ten chars!', null],
  ['ten chars\0', 'PASSWORD_NOT_READABLE'],
  ['\0', 'PASSWORD_NOT_READABLE'],
  ['half of a pair \ud83d', 'PASSWORD_NOT_READABLE'],
  ['tab\tand more', 'PASSWORD_NOT_READABLE'],
  ['  spaces count  ', null],
  [`${'long '.repeat(51)}!`, null],
])('GUARD password %j: %s', (password, code) => {
  const refused = refusesPassword(password, commonPasswords);
  expect(refused instanceof Refusal ? refused.code : null).toBe(code);
});

test('the list of common passwords is there', () => {
  expect(commonPasswords.size).toBeGreaterThan(1_000);
});

test('GUARD a password is used as typed: nothing is cut or trimmed', async () => {
  const long = 'a very long passphrase '.repeat(10);
  const stored = await hashPassword(long);
  expect(stored).toMatch(/^\$argon2id\$/);
  expect(await passwordMatches(long, stored)).toBe(true);
  expect(await passwordMatches(long.trim(), stored)).toBe(false);
  expect(await passwordMatches(`${long}x`, stored)).toBe(false);
  expect(await passwordMatches('x'.repeat(100_000), stored)).toBe(false);
  expect(await passwordMatches(long, null)).toBe(false);
  // What is hashed instead of half a surrogate pair is another character, which is not what was typed.
  const replaced = await hashPassword(`${long}\ufffd`);
  expect(await passwordMatches(`${long}\ufffd`, replaced)).toBe(true);
  expect(await passwordMatches(`${long}\ud83d`, replaced)).toBe(false);
  expect(await passwordMatches(`${long}\0`, stored)).toBe(false);
});

test('GUARD the hash of nobody costs what every hash costs', async () => {
  const cost = (hash: string): string => hash.split('$').slice(0, 4).join('$');
  expect(cost(NOBODYS_HASH)).toBe(cost(await hashPassword('some password')));
});

test('GUARD hashing has a bounded lane: a flood is refused, and afterwards all is as before', async () => {
  const flood = await Promise.allSettled(Array.from({ length: 60 }, () => passwordMatches('x', null)));
  const refused = flood.filter((each) => each.status === 'rejected');
  expect(refused).toHaveLength(60 - MAX_WAITING - HASHES_AT_ONCE);
  expect(refused[0]?.reason.extensions).toEqual({ code: 'OVERLOADED', retryAfter: 1 });
  expect(await passwordMatches('x', null)).toBe(false);
});
