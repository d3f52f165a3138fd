import { expect, test } from '@jest/globals';
import { readTimeZone } from './timeZone.ts';

test.each([
  ['Europe/Paris', 'Europe/Paris'],
  [' america/new_york ', 'America/New_York'],
  ['utc', 'UTC'],
  ['+02:00', null],
  ['CEST', null],
  ['Europe/Nowhere', null],
  ['', null],
  ['Europe/Paris\0', null],
])('A18 %j is the time zone %j', (text, zone) => {
  expect(readTimeZone(text)).toBe(zone);
});
