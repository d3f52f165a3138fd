import { expect, test } from '@jest/globals';
import { clientAddress } from './clientAddress.ts';

const PROXIES = ['10.0.0.0/8', '::1/128'];

test.each([
  ['no proxy: the peer', '203.0.113.7', undefined, '203.0.113.7'],
  ['a stranger’s header is not believed', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
  ['one trusted hop', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['what the client wrote itself stands left and is not read', '10.0.0.1', '127.0.0.1, 198.51.100.1', '198.51.100.1'],
  ['two trusted hops', '10.0.0.1', '198.51.100.1, 10.9.9.9', '198.51.100.1'],
  ['an IPv4-mapped peer is its IPv4', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['an IPv4-compatible peer is no trusted IPv4', '::10.0.0.1', '198.51.100.1', '::10.0.0.1'],
  ['a NAT64 hop is no trusted IPv4', '10.0.0.1', '198.51.100.1, 64:ff9b::10.0.0.2', '64:ff9b::a00:2'],
  ['a mapped hop is its IPv4', '10.0.0.1', '198.51.100.1, ::FFFF:0a00:0002', '198.51.100.1'],
  ['an IPv6 proxy and client', '::1', '2001:DB8::1', '2001:db8::1'],
  ['only our own hops: the outermost', '10.0.0.1', '10.1.1.1', '10.1.1.1'],
  ['a proxy that names nobody is the caller', '10.0.0.1', undefined, '10.0.0.1'],
  ['a hop that cannot be read', '10.0.0.1', '198.51.100.1, unknown', null],
  ['an octal hop', '10.0.0.1', '010.9.9.9', null],
  ['an empty hop', '10.0.0.1', '', null],
  ['a hop with a zone id', '10.0.0.1', 'fe80::1%eth0', null],
  ['no peer', undefined, '198.51.100.1', null],
])('G11 %s', (_what, peer, forwardedFor, expected) => {
  expect(clientAddress(peer, forwardedFor, PROXIES)).toBe(expected);
});

test('G11 without trusted proxies nobody is believed', () => {
  expect(clientAddress('10.0.0.1', '198.51.100.1', [])).toBe('10.0.0.1');
});
