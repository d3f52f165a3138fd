import { expect, test } from '@jest/globals';
import { CompactSign, SignJWT, UnsecuredJWT } from 'jose';
import type { QuoteRow } from './quoteTables.ts';
import { readToken, saysThe, signQuote } from './token.ts';

const SECRET = 'a secret of the tests, of forty characters';
const QUOTE = {
  id: '01a20000-0000-7000-8000-000000000001',
  kind: 'CREDITS_BUY',
  accountId: '01a20000-0000-7000-8000-000000000002',
  profileId: '01a20000-0000-7000-8000-000000000003',
  prepaidApplied: 0n,
  dueToday: 900n,
  taxToday: 180n,
  chargedToday: 1_080n,
  expiresAt: new Date('2026-11-22T10:15:00.000Z'),
  offer: {
    accountId: '01a20000-0000-7000-8000-000000000002',
    profileId: '01a20000-0000-7000-8000-000000000003',
    currency: 'EUR',
    listValue: 900n,
    migrationDiscount: 0n,
    resellerDiscount: 0n,
    perCycle: null,
    prorated: 900n,
    lines: [{ kind: 'CREDITS', description: '100 TRACKER credits', quantity: 1, amount: 900n, from: null, to: null }],
    settlement: 'SALE',
    terms: { packId: 'x' },
  },
} as const satisfies Partial<QuoteRow> as unknown as QuoteRow;

const said = async (quote: QuoteRow): Promise<string> => {
  const read = await readToken(SECRET, await signQuote(SECRET, quote));
  expect(read?.id).toBe(quote.id);
  return read?.said as string;
};

test('N02 a token says the whole quote: every amount, the lines, what is done, whom it is about and until when', async () => {
  const token = await said(QUOTE);
  expect(saysThe(token, QUOTE)).toBe(true);
  const { offer } = QUOTE;
  const line = offer.lines[0] as (typeof offer.lines)[number];
  const others: Partial<QuoteRow>[] = [
    { chargedToday: 1_081n },
    { prepaidApplied: 1n },
    { dueToday: 901n },
    { taxToday: 0n },
    { accountId: QUOTE.id },
    { profileId: null },
    { kind: 'PREPAID_BUY' },
    { expiresAt: new Date('2026-11-22T10:16:00.000Z') },
    { offer: { ...offer, currency: 'USD' } },
    { offer: { ...offer, terms: { packId: 'y' } } },
    { offer: { ...offer, lines: [{ ...line, amount: 899n }] } },
  ];
  for (const other of others) expect(saysThe(token, { ...QUOTE, ...other })).toBe(false);
});

test('N02 what we did not sign as a quote is no token: another secret, no signature, another type, another algorithm, a changed text', async () => {
  const token = await signQuote(SECRET, QUOTE);
  const [header, payload, signature] = token.split('.');
  const changed = Buffer.from(JSON.stringify({ jti: QUOTE.id, charged: '1' })).toString('base64url');
  const key = new TextEncoder().encode(SECRET);
  const forged = [
    await signQuote(`${SECRET}!`, QUOTE),
    new UnsecuredJWT({ jti: QUOTE.id }).encode(),
    await new SignJWT({ jti: QUOTE.id }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key),
    await new CompactSign(Buffer.from(JSON.stringify({ jti: QUOTE.id })))
      .setProtectedHeader({ alg: 'HS512', typ: 'comptoir-quote' })
      .sign(key),
    await new CompactSign(Buffer.from('no JSON')).setProtectedHeader({ alg: 'HS256', typ: 'comptoir-quote' }).sign(key),
    `${header}.${changed}.${signature}`,
    `${header}.${payload}.`,
    `${header}.${payload}`,
    '',
    '\0',
    'x'.repeat(10_000),
  ];
  for (const text of forged) expect(await readToken(SECRET, text)).toBeNull();
});
