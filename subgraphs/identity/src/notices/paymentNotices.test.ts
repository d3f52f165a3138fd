import { expect, test } from '@jest/globals';
import { noticeMail } from './notices.ts';

const params = {
  invoice: 'F2026-000042',
  amount: '120.00 EUR',
  card: 'visa 4242',
  day: '2026-11-23',
  reason: 'INSUFFICIENT_FUNDS',
};
const mail = (kind: string, more: object, language: 'EN' | 'FR') =>
  noticeMail(kind, { ...params, ...more }, 'http://localhost:4000', language);

test('P a failed payment says what, why and when it is tried again; whose it was for, where it was a client', () => {
  expect(mail('PAYMENT_FAILED', { client: 'Hôtel du Port' }, 'EN').paragraphs).toEqual([
    'Hello,',
    'We could not collect 120.00 EUR for invoice F2026-000042 for Hôtel du Port: there is not enough money on the card.',
    'We try again on 2026-11-23. To have it tried at once, put another card on the billing profile.',
  ]);
  expect(mail('PAYMENT_FAILED', {}, 'FR').paragraphs[1]).toBe(
    'Nous n’avons pas pu encaisser 120.00 EUR au titre de la facture F2026-000042 : le solde de la carte est insuffisant.',
  );
});

test('a reason that is not known is left out, and no text has holes', () => {
  expect(mail('PAYMENT_FAILED_LAST', { reason: 'WHATEVER' }, 'EN').paragraphs[1]).toBe(
    'The last attempt to collect 120.00 EUR for invoice F2026-000042 failed. We do not try again by ourselves.',
  );
  for (const kind of ['PAYMENT_FAILED', 'PAYMENT_FAILED_LAST', 'PAYMENT_NEEDS_ACTION', 'CARD_EXPIRES_SOON'])
    for (const language of ['EN', 'FR'] as const) {
      const { subject, paragraphs } = mail(
        kind,
        { message: 'Invoice F2026-000042', link: 'https://bank.example' },
        language,
      );
      expect([subject, ...paragraphs].join(' ')).not.toMatch(/undefined|\(\)| {2}/);
    }
});
