import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { expect, test } from '@jest/globals';
import { emailNotReadable, readEmail } from './email.ts';
import { readNetworks, refusesOwnLockOut } from './networks.ts';

test.each([
  ['Ada@Example.ORG', 'ada@example.org'],
  ['  a.b+c@sub.example.co ', 'a.b+c@sub.example.co'],
  ['a@b', null],
  ['a@b..c', null],
  ['.a@b.co', null],
  ['a b@c.de', null],
  ['a@b.co\nBcc: x@y.zz', null],
  ['é@example.org', null],
  ['a@-b.co', null],
  [`${'a'.repeat(65)}@b.co`, null],
  [`a@${'b.'.repeat(130)}co`, null],
  ['', null],
  ['nobody', null],
  ['a@b@example.org', null],
  // Domains of any script, in every spelling one.
  ['Jorg@MÜLLER.example', 'jorg@xn--mller-kva.example'],
  ['jorg@mu\u0308ller.example', 'jorg@xn--mller-kva.example'],
  ['jorg@XN--MLLER-KVA.Example', 'jorg@xn--mller-kva.example'],
  ['taro@例え。テスト', 'taro@xn--r8jz45g.xn--zckzah'],
  ['a@ｅxample.org', 'a@example.org'],
  ['a@faß.example', 'a@xn--fa-hia.example'],
  // What would be another host, or none, to a reader of URLs.
  ['a@b.co/evil', null],
  ['a@b.co:25', null],
  ['a@%65xample.org', null],
  ['a@127.0.0.1', null],
  ['a@0x7f.1', null],
  ['a@[127.0.0.1]', null],
  ['a@exa\u00admple.org', null],
  ['a@\u200bexample.org', null],
  ['a@☕.example', null],
  ['a@example.org.', null],
  [`a@${'ü'.repeat(70)}.example`, null],
  // Before the @ nothing is mapped: the Kelvin sign is no k, and its mail would be somebody else’s.
  ['mi\u212ae@example.org', null],
  ['jörg@müller.example', null],
])('the e-mail %j reads as %j', (text, email) => {
  expect(readEmail(text)).toBe(email);
});

test('an address whose first part is not ASCII is refused with what to write instead', () => {
  expect(emailNotReadable('jörg@müller.example').message).toMatch(/a to z/);
  expect(emailNotReadable('nobody').message).toBe('That is no e-mail address.');
});

test('G11 a list is read into canonical networks, each once', () => {
  expect(readNetworks(['10.1.2.3/8', '::ffff:10.0.0.0/104', '2001:DB8::1', '10.0.0.0/8'])).toEqual([
    '10.0.0.0/8',
    '2001:db8::1/128',
  ]);
});

test.each(['010.9.9.9', '10.0.0.0/33', 'fe80::1%eth0', '0x0a.0.0.1', '', '10.0.0.0/8 ', 'x'.repeat(10_000)])(
  'G11 %j is no network, and the refusal names the entry',
  (text) => {
    const refused = readNetworks(['10.0.0.0/8', text]);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ code: 'NETWORK_NOT_READABLE', field: ['input', 'networks', '1'], rule: 'G11' });
  },
);

test('G11 at most 100 networks; nobody shuts themselves out; empty is no limit', () => {
  expect(readNetworks(Array.from({ length: 101 }, (_, index) => `10.0.0.${index}`))).toMatchObject({
    code: 'TOO_MANY_NETWORKS',
  });
  expect(refusesOwnLockOut(['10.0.0.0/8'], '192.0.2.1')).toMatchObject({ code: 'WOULD_LOCK_YOU_OUT' });
  expect(refusesOwnLockOut(['10.0.0.0/8'], null)).toMatchObject({ code: 'WOULD_LOCK_YOU_OUT' });
  expect(refusesOwnLockOut(['10.0.0.0/8'], '10.2.3.4')).toBeNull();
  expect(refusesOwnLockOut([], null)).toBeNull();
});
