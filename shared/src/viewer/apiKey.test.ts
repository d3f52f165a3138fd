import { expect, test } from '@jest/globals';
import { looksLikeApiKey, newApiKey, readApiKey } from './apiKey.ts';

test('G15 a new key reads back to the hash that is stored, and to nothing that contains the key', () => {
  const { text, hash, lastFour } = newApiKey();
  expect(text).toMatch(/^ck_[0-9A-Za-z]{33}$/);
  expect(readApiKey(text)).toBe(hash);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(text.endsWith(lastFour)).toBe(true);
  expect(lastFour).toHaveLength(4);
});

test('G15 no two keys are alike', () => {
  const made = new Set(Array.from({ length: 1_000 }, () => newApiKey().text));
  expect(made.size).toBe(1_000);
});

test('G15 a key with one wrong character is refused by its checksum, without a query', () => {
  const { text } = newApiKey();
  for (let at = 3; at < text.length; at++) {
    const other = text[at] === 'x' ? 'y' : 'x';
    expect(readApiKey(text.slice(0, at) + other + text.slice(at + 1))).toBeNull();
  }
});

test.each([
  '',
  'ck_',
  'ck_short',
  `sk_${'a'.repeat(33)}`,
  `ck_${'a'.repeat(34)}`,
  `ck_${'é'.repeat(33)}`,
  ` ${newApiKey().text}`,
])('G15 %j is no key', (text) => {
  expect(readApiKey(text)).toBeNull();
});

test('what starts like a key is meant as one', () => {
  expect(looksLikeApiKey('ck_mistyped')).toBe(true);
  expect(looksLikeApiKey('eyJhbGciOiJFZERTQSJ9.e30.x')).toBe(false);
});
