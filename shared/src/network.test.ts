import { expect, test } from '@jest/globals';
import { addressIn, readAddress, readNetwork } from './network.ts';

test.each([
  ['10.9.9.9', '10.9.9.9'],
  ['::ffff:10.9.9.9', '10.9.9.9'],
  ['::FFFF:0a09:0909', '10.9.9.9'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['010.9.9.9', null],
  ['0x0a.9.9.9', null],
  ['168364297', null],
  ['10.9.9', null],
  ['fe80::1%eth0', null],
  ['[2001:db8::1]', null],
  ['10.9.9.9:443', null],
  [' 10.9.9.9', null],
  ['', null],
])('G11 the address %j reads as %j', (text, expected) => {
  expect(readAddress(text)).toBe(expected);
});

test.each([
  ['10.1.2.3', '10.1.2.3/32'],
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['10.1.2.255/25', '10.1.2.128/25'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:db8::1', '2001:db8::1/128'],
  ['2001:db8:ffff::1/33', '2001:db8:8000::/33'],
  ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ['::ffff:10.1.2.3', '10.1.2.3/32'],
  ['::ffff:10.1.2.3/90', null],
  ['10.1.2.3/33', null],
  ['2001:db8::/129', null],
  ['10.1.2.3/08', null],
  ['10.1.2.3/-1', null],
  ['10.1.2.3/', null],
  ['10.1.2.3/8/8', null],
  ['fe80::1%eth0/64', null],
  ['10.1.2.3/255.0.0.0', null],
  ['everywhere', null],
])('G11 the network %j reads as %j', (text, expected) => {
  expect(readNetwork(text)).toBe(expected);
});

test('G11 IPv4-mapped IPv6 equals its IPv4, on either side', () => {
  expect(addressIn('::ffff:10.1.2.3', ['10.0.0.0/8'])).toBe(true);
  expect(addressIn('10.1.2.3', ['::ffff:10.0.0.0/104'])).toBe(true);
  expect(addressIn('11.1.2.3', ['::ffff:10.0.0.0/104'])).toBe(false);
});

test('G11 an address is in any of the networks, and families do not mix', () => {
  expect(addressIn('2001:db8::7', ['10.0.0.0/8', '2001:db8::/32'])).toBe(true);
  expect(addressIn('2001:db9::7', ['10.0.0.0/8', '2001:db8::/32'])).toBe(false);
  expect(addressIn('10.0.0.1', ['::/0'])).toBe(false);
});

test('G11 what cannot be read is in nothing', () => {
  expect(addressIn(null, ['0.0.0.0/0'])).toBe(false);
  expect(addressIn('010.0.0.1', ['0.0.0.0/0', '::/0'])).toBe(false);
  expect(addressIn('10.0.0.1', ['10.0.0.0/08'])).toBe(false);
  expect(addressIn('10.0.0.1', [])).toBe(false);
});
