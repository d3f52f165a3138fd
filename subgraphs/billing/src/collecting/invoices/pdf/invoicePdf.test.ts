import { expect, test } from '@jest/globals';
import { extractText, getDocumentProxy } from 'unpdf';
import { sampleInvoice } from '../../../testing/sampleInvoice.ts';
import { invoicePdf, type PrintedInvoice } from './invoicePdf.ts';
import type { Language } from './words.ts';

/** What a reader finds on each page; every kind of space is one. */
async function pagesOf(printed: PrintedInvoice, language: Language): Promise<string[]> {
  const file = await invoicePdf(printed, language);
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(file)), { mergePages: false });
  return text.map((page) => page.replace(/\s+/g, ' '));
}

const paid = (source: 'CARD' | 'PREPAID' | 'CREDIT_NOTE', minor: bigint) => ({
  id: source,
  invoiceId: 'i',
  source,
  amount: { minor, currency: 'EUR' },
  paidAt: new Date('2026-11-22T10:00:00Z'),
});

test('A40 an invoice says who sells and who buys with their VAT ids, its number and day, its lines with their periods, tax and totals', async () => {
  const printed = { ...sampleInvoice(), accountName: 'Café Rossi', paidWith: [paid('PREPAID', 100_000n)] };
  const [page, ...others] = await pagesOf(printed, 'EN');
  expect(others).toEqual([]);
  for (const text of [
    'Invoice',
    'F2026-000042',
    '22 November 2026',
    'Comptoir SAS',
    '44000 Nantes',
    'VAT id: FR40123456789',
    'Agence Œuvre & Cie',
    'VAT id: FR12345678901',
    'Café Rossi',
    'PLUS, 2,500 contacts, monthly',
    '5 May 2027 – 4 Jun 2027',
    'Total without tax €1,234.56',
    'VAT 20% €246.91',
    'Total €1,481.47',
    'Paid from prepaid money, 22 November 2026 -€1,000.00',
    'To pay €481.47',
    'RCS Nantes 123 456 789',
    'Page 1 of 1',
  ]) {
    expect(page).toContain(text);
  }
});

test('A40 the same invoice in French', async () => {
  const [page] = await pagesOf({ ...sampleInvoice(), paidWith: [paid('CARD', 148_147n)] }, 'FR');
  for (const text of [
    'Facture',
    '22 novembre 2026',
    'N° TVA: FR12345678901',
    'Forfait : PLUS, 2,500 contacts',
    '5 mai 2027 – 4 juin 2027',
    'Total HT 1 234,56 €',
    'TVA 20 % 246,91 €',
    'Total TTC 1 481,47 €',
    'Payé par carte, 22 novembre 2026 -1 481,47 €',
    'Reste à payer 0,00 €',
    'Page 1 sur 1',
  ]) {
    expect(page).toContain(text);
  }
});

test('A40 a line says its period once, and in French that it is unused once', async () => {
  const { invoice, ...rest } = sampleInvoice({}, [
    { kind: 'UNUSED', description: 'Unused: Plus, monthly, 5 May to 4 June 2027' },
    { kind: 'CREDITS', description: '100 SMS credits, 5 May to 4 June 2027', from: null, to: null },
  ]);
  const [english] = await pagesOf({ invoice, ...rest }, 'EN');
  expect(english).toContain('Unused: Plus, monthly 5 May 2027 – 4 Jun 2027');
  expect(english).toContain('100 SMS credits, 5 May to 4 June 2027');
  const [french] = await pagesOf({ invoice, ...rest }, 'FR');
  expect(french).toContain('Non utilisé : Plus, monthly 5 mai 2027 – 4 juin 2027');
});

test('P a credit note names the invoice that it corrects, and asks for nothing', async () => {
  const credit = sampleInvoice({ kind: 'CREDIT_NOTE', number: 'A2026-000001', correctsId: 'i' });
  const [page] = await pagesOf({ ...credit, corrects: ['F2026-000042'] }, 'EN');
  expect(page).toContain('Credit note');
  expect(page).toContain('Corrects invoice F2026-000042');
  expect(page).toContain('Total credited €1,481.47');
  expect(page).not.toContain('To pay');
});

test('P a credit note over several tax rates says each, with what it is on, and every invoice that it corrects', async () => {
  const credit = sampleInvoice({ kind: 'CREDIT_NOTE', number: 'A2026-000002', net: 5_000n, tax: 800n, gross: 5_800n });
  const taxLines = [
    { basisPoints: 2_000, net: 3_000n, tax: 600n },
    { basisPoints: 1_000, net: 2_000n, tax: 200n },
  ];
  const printed = { ...credit, taxLines, corrects: ['F2026-000042', 'F2026-000043'] };
  const [page] = await pagesOf(printed, 'EN');
  expect(page).toContain('Corrects invoice F2026-000042, F2026-000043');
  expect(page).toContain('VAT 20% on €30.00 €6.00');
  expect(page).toContain('VAT 10% on €20.00 €2.00');
  const [french] = await pagesOf(printed, 'FR');
  expect(french).toContain('TVA 10 % sur 20,00 € 2,00 €');
});

test('names of other alphabets are readable, and amounts have the decimals of their currency', async () => {
  const { seller, buyer } = sampleInvoice().invoice;
  const printed = sampleInvoice({
    currency: 'JPY',
    buyer: { ...buyer, legalName: 'ООО «Кафе»', addressLines: ['Αθήνα', 'Łódź'], country: 'GR', vatId: null },
    seller: { ...seller, vatId: null, note: '' },
  });
  const [page] = await pagesOf(printed, 'EN');
  for (const text of ['ООО «Кафе»', 'Αθήνα', 'Łódź', 'Greece', 'JP¥148,147']) expect(page).toContain(text);
  expect(page).not.toContain('VAT id');
});

test('A40 two hundred lines go over several pages, each line once and in order, each page with its heads and its number', async () => {
  const lines = Array.from({ length: 200 }, (_, at) => ({ description: `Line ${at + 1} of many`, amount: 100n }));
  const pages = await pagesOf(sampleInvoice({}, lines), 'EN');
  expect(pages.length).toBeGreaterThan(3);
  const found = pages.join(' ').matchAll(/Line (\d+) of many/g);
  expect([...found].map(([, number]) => Number(number))).toEqual(lines.map((_, at) => at + 1));
  for (const [at, page] of pages.entries()) {
    expect(page).toContain(`Page ${at + 1} of ${pages.length}`);
    if (page.includes('of many')) expect(page).toContain('Amount without tax');
  }
  expect(pages.at(-1)).toContain('Total €1,481.47');
});

test('the same invoice gives the same bytes; another one does not', async () => {
  const printed = sampleInvoice();
  const [first, again] = [await invoicePdf(printed, 'FR'), await invoicePdf(printed, 'FR')];
  expect(first.equals(again)).toBe(true);
  expect(first.equals(await invoicePdf(printed, 'EN'))).toBe(false);
  expect(first.subarray(0, 5).toString()).toBe('%PDF-');
});

test.each<{ country: string; vatId: string | null; rate: number; said: boolean }>`
  country | vatId              | rate     | said
  ${'DE'} | ${'DE123456789'}   | ${0}     | ${true}
  ${'DE'} | ${null}            | ${0}     | ${false}
  ${'DE'} | ${'DE123456789'}   | ${1_900} | ${false}
  ${'FR'} | ${'FR12345678901'} | ${0}     | ${false}
  ${'CH'} | ${'CHE123456789'}  | ${0}     | ${false}
`(
  'an invoice to $country with VAT id $vatId at $rate says that the customer owes the VAT: $said',
  async ({ country, vatId, rate, said }) => {
    const { buyer } = sampleInvoice().invoice;
    const printed = sampleInvoice({ taxBasisPoints: rate, buyer: { ...buyer, country, vatId } });
    const [english] = await pagesOf(printed, 'EN');
    const [french] = await pagesOf(printed, 'FR');
    expect([english?.includes('Reverse charge'), french?.includes('Autoliquidation')]).toEqual([said, said]);
  },
);
