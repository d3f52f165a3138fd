import { expect, test } from '@jest/globals';
import { addressIn, readAddress, readNetwork } from './network.ts';

test.each([
  ['10.9.9.9', '10.9.9.9'],
  ['::ffff:10.9.9.9', '10.9.9.9'],
  ['::FFFF:0a09:0909', '10.9.9.9'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  // Not mapped: another address, however it is written.
  ['::203.0.113.5', '::203.0.113.5'],
  ['::cb00:7105', '::203.0.113.5'],
  ['0:0:0:0:0:0:CB00:7105', '::203.0.113.5'],
  ['64:ff9b::203.0.113.5', '64:ff9b::cb00:7105'],
  ['64:FF9B:1::203.0.113.5', '64:ff9b:1::cb00:7105'],
  ['2002:cb00:7105::1', '2002:cb00:7105::1'],
  ['2002:cb00:7105::203.0.113.5', '2002:cb00:7105::cb00:7105'],
  ['fe80::5efe:203.0.113.5', 'fe80::5efe:cb00:7105'],
  ['2001:db8::200:5efe:203.0.113.5', '2001:db8::200:5efe:cb00:7105'],
  ['::ffff:0:203.0.113.5', '::ffff:0:cb00:7105'],
  ['::fffe:203.0.113.5', '::fffe:cb00:7105'],
  ['1::ffff:203.0.113.5', '1::ffff:cb00:7105'],
  ['0:0:0:0:0:FFFF:203.0.113.5', '203.0.113.5'],
  ['0000:0000:0000:0000:0000:ffff:cb00:7105', '203.0.113.5'],
  ['::ffff:0:0', '0.0.0.0'],
  ['::', '::'],
  ['::1', '::1'],
  ['::0.0.0.1', '::1'],
  ['0::0:0', '::'],
  ['0001:0::0:1', '1::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['::ffff:010.9.9.9', null],
  ['::ffff:10.9.9', null],
  ['::ffff:10.9.9.9%eth0', null],
  ['00001::1', null],
  ['1:2:3:4:5:6:7:1.2.3.4', null],
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
  ['::ffff:10.1.2.3/95', null],
  ['::ffff:10.1.2.3/96', '0.0.0.0/0'],
  ['::ffff:1.2.3.4/120', '1.2.3.0/24'],
  ['::FFFF:102:304/128', '1.2.3.4/32'],
  ['::1.2.3.4/96', '::/96'],
  ['::1.2.3.4/120', '::1.2.3.0/120'],
  ['::1.2.3.4', '::1.2.3.4/128'],
  ['::1.2.3.4/0', '::/0'],
  ['64:ff9b::1.2.3.4/96', '64:ff9b::/96'],
  ['::ffff:0:1.2.3.4/96', '::ffff:0:0:0/96'],
  ['::fffe:0:0/95', '::fffe:0:0/95'],
  ['2001:DB8::1.2.3.4/112', '2001:db8::102:0/112'],
  ['::1.2.3.4/0128', null],
  ['::ffff:1.2.3.4/129', null],
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

test('G11 only IPv4-mapped is IPv4: no other IPv6 passes a list of IPv4, nor the other way', () => {
  for (const carried of [
    '::203.0.113.5',
    '64:ff9b::203.0.113.5',
    '2002:cb00:7105::',
    '::ffff:0:203.0.113.5',
    'fe80::5efe:203.0.113.5',
  ]) {
    expect(addressIn(carried, ['203.0.113.0/24', '0.0.0.0/0'])).toBe(false);
    expect(addressIn('203.0.113.5', [carried, `${carried}/96`])).toBe(false);
    expect(addressIn(carried, [carried, '203.0.113.0/24'])).toBe(true);
  }
  expect(addressIn('198.51.100.1', ['::1.2.3.4/96'])).toBe(false);
  expect(addressIn('::198.51.100.1', ['::1.2.3.4/96'])).toBe(true);
});

test('G11 what cannot be read is in nothing', () => {
  expect(addressIn(null, ['0.0.0.0/0'])).toBe(false);
  expect(addressIn('010.0.0.1', ['0.0.0.0/0', '::/0'])).toBe(false);
  expect(addressIn('10.0.0.1', ['10.0.0.0/08'])).toBe(false);
  expect(addressIn('10.0.0.1', [])).toBe(false);
});
