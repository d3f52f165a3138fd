import { expect, test } from '@jest/globals';
import { leastCharge } from './cardMinimum.ts';

test.each<{ currency: string; least: bigint }>`
  currency | least
  ${'EUR'} | ${50n}
  ${'USD'} | ${50n}
  ${'GBP'} | ${30n}
  ${'SEK'} | ${300n}
  ${'JPY'} | ${50n}
  ${'HUF'} | ${175n}
  ${'KRW'} | ${1n}
`('a card is charged at least $least of the smallest unit of $currency', ({ currency, least }) => {
  expect(leastCharge(currency)).toBe(least);
});
