import { newId } from '@comptoir/shared/values/uuid.ts';
import { expect, test } from '@jest/globals';
import { customerId, paypalForm, readPayoutAddress } from './paypalForm.ts';

const item = (address: string, minor = 12_345n, currency = 'EUR') => ({
  payoutId: '01935000-0000-7000-8000-000000000170',
  address,
  amount: { minor, currency },
});

test('A75 PayPal’s form: recipient, amount, currency, customer id, note, wallet; no header', () => {
  const items = [item('pay@agence.example'), item("o'neil+x@agence.example", 500n, 'JPY')];
  expect(paypalForm().formOf({ batchId: newId(), currency: 'EUR', items })).toBe(
    '"pay@agence.example","123.45","EUR","3cvlhv9453li71f6r78kjtrk","Your commission","PAYPAL"\r\n' +
      '"o\'neil+x@agence.example","500","JPY","3cvlhv9453li71f6r78kjtrk","Your commission","PAYPAL"\r\n',
  );
});

test('A75 a payout’s id fits into PayPal’s 30 characters, without spaces, and is its own', () => {
  const ids = Array.from({ length: 1_000 }, () => customerId(newId()));
  expect(new Set(ids).size).toBe(1_000);
  for (const id of [...ids, customerId('ffffffff-ffff-ffff-ffff-ffffffffffff')]) expect(id).toMatch(/^[a-z0-9]{1,25}$/);
});

test.each(['=1+1@x.example', '+33@x.example', '-a@x.example', '@x.example', '\ta@x.example', 'a\r\nb@x.example'])(
  'A75 what a spreadsheet takes for a formula is on no form: %j',
  (address) => {
    expect(() => paypalForm().formOf({ batchId: newId(), currency: 'EUR', items: [item(address)] })).toThrow();
  },
);

test.each([
  [' Pay@Agence.Example ', 'pay@agence.example'],
  ['a.b+c@x.example', 'a.b+c@x.example'],
  ['=cmd@x.example', null],
  ['+33@x.example', null],
  ['a"b@x.example', null],
  ['a,b@x.example', null],
  ['a..b@x.example', null],
  ['a@localhost', null],
  ['a@x.example\0', null],
  ['a\n@x.example', null],
  [`${'x'.repeat(65)}@x.example`, null],
  ['', null],
])('A75 %j is read as the payout address %j', (text, address) => {
  expect(readPayoutAddress(text)).toBe(address);
});
