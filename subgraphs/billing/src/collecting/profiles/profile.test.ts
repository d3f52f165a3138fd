import { expect, test } from '@jest/globals';
import { refusesDeletion } from './profile.ts';
import { readVatId } from './vatId.ts';

test.each<{ text: string; id: string | null }>`
  text                  | id
  ${'FR12345678901'}    | ${'FR12345678901'}
  ${'fr 12 345678901'}  | ${'FR12345678901'}
  ${'FRO1234567890'}    | ${null}
  ${'DE-123.456.789'}   | ${'DE123456789'}
  ${'DE12345678'}       | ${null}
  ${'EL123456789'}      | ${'EL123456789'}
  ${'NL123456789B01'}   | ${'NL123456789B01'}
  ${'IE1234567WA'}      | ${'IE1234567WA'}
  ${'XI123456789'}      | ${'XI123456789'}
  ${'GB123456789'}      | ${'GB123456789'}
  ${'CHE123456789MWST'} | ${'CHE123456789MWST'}
  ${'12345678901'}      | ${null}
  ${'FR'}               | ${null}
  ${'US12\0'}           | ${null}
  ${' '.repeat(50)}     | ${null}
`('A36 the VAT id $text is read as $id', ({ text, id }) => {
  expect(readVatId(text)).toBe(id);
});

test('A39 the first of several reasons against deleting is told', () => {
  const none = { subscription: false, invoice: false, prepaid: false, payment: false };
  expect(refusesDeletion(none)).toBeNull();
  const order = ['payment', 'prepaid', 'invoice', 'subscription'] as const;
  let use = none;
  const told = order.map((reason) => {
    use = { ...use, [reason]: true };
    return refusesDeletion(use)?.code;
  });
  expect(told).toEqual(['IN_USE_BY_PAYMENT', 'IN_USE_BY_PREPAID', 'IN_USE_BY_INVOICE', 'IN_USE_BY_SUBSCRIPTION']);
});
