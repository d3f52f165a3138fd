import { expect, test } from '@jest/globals';
import { createSizedCache } from './sizedCache.ts';

test('what is kept fits, whatever was put in; what was used last stays', () => {
  const cache = createSizedCache<number>(100);
  for (let n = 0; n < 1_000; n += 1) {
    cache.set(`${n}`, n, 1 + (n % 40));
    if (n > 0) expect(cache.get('0') ?? 0).toBe(0);
    expect(cache.held()).toBeLessThanOrEqual(100);
  }
  expect(cache.get('0')).toBe(0);
  expect(cache.get('999')).toBe(999);
  expect(cache.get('500')).toBeUndefined();
});

test('what is larger than the whole is not kept, nor what stood in its place', () => {
  const cache = createSizedCache<string>(10);
  cache.set('a', 'small', 5);
  cache.set('a', 'large', 11);
  expect(cache.get('a')).toBeUndefined();
  expect(cache.held()).toBe(0);
});

test('one key counts once, and what is deleted not at all', () => {
  const cache = createSizedCache<string>(10);
  cache.set('a', 'one', 4);
  cache.set('a', 'two', 6);
  expect([cache.get('a'), cache.held()]).toEqual(['two', 6]);
  cache.delete('a');
  expect(cache.held()).toBe(0);
});
