import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectSound, type InvoiceFixture, line, startInvoices } from '../../testing/invoiceFixture.ts';
import type { BillingProfile } from '../profiles/profileTables.ts';
import { type CreditNoteDraft, issueCreditNote } from './creditNote.ts';
import type { InvoiceRow } from './invoiceTables.ts';
import { outstandingOf, payByCard } from './pay.ts';

let books: InvoiceFixture;
beforeAll(async () => {
  books = await startInvoices({ graph: false });
});
afterAll(async () => {
  await expectSound(books);
  await books.stop();
});

async function credit(
  profile: BillingProfile,
  net: bigint,
  of: Partial<CreditNoteDraft> = {},
): Promise<InvoiceRow | null> {
  const draft = {
    profile,
    accountId: profile.accountId,
    lines: [line(-net, { kind: 'UNUSED' })],
    reference: newId(),
    corrects: null,
    to: 'PREPAID' as const,
    earmarkId: null,
    ...of,
  };
  return await books.system((tx, now) => issueCreditNote(tx, { now, ...draft }));
}

async function paidInvoice(profile: BillingProfile, net: bigint): Promise<InvoiceRow> {
  const invoice = await books.invoice(profile, net);
  const payment = await books.approved(profile, invoice.gross, invoice.id);
  await books.system((tx, now) => payByCard(tx, invoice.id, payment, now));
  return invoice;
}
const owed = (invoice: InvoiceRow) => books.system((tx) => outstandingOf(tx, invoice.id));

test('P credit notes give a paid invoice back to the cent, tax included, however it is split', async () => {
  const profile = await books.profile({ taxBasisPoints: 2_000 });
  const invoice = await paidInvoice(profile, 1_003n);
  expect(invoice.gross).toBe(1_204n);
  const notes: (InvoiceRow | null)[] = [];
  for (const net of [333n, 1n, 1n, 1n, 667n]) notes.push(await credit(profile, net, { corrects: invoice.id }));
  expect(notes.map((note) => note?.correctsId)).toEqual(Array(5).fill(invoice.id));
  expect(notes.reduce((sum, note) => sum + (note?.tax ?? 0n), 0n)).toBe(invoice.tax);
  expect(await books.prepaidOf(profile)).toEqual({ '': 1_204 });
});

test('P the lines of a credit note stand as what is given back, and it has a series of its own', async () => {
  const profile = await books.profile({ taxBasisPoints: 0 });
  books.clock.set(new Date('2035-05-05T10:00:00Z'));
  const client = newId();
  const note = await credit(profile, 0n, {
    accountId: client,
    lines: [line(-900n, { kind: 'UNUSED' }), line(250n)],
    earmarkId: client,
  });
  expect(note).toMatchObject({ kind: 'CREDIT_NOTE', number: 'A2035-000001', net: 650n, tax: 0n, accountId: client });
  const { rows } = await books.admin.query(
    'select kind, amount::integer from invoice_line where invoice_id = $1 order by position',
    [note?.id],
  );
  expect(rows).toEqual([
    { kind: 'UNUSED', amount: 900 },
    { kind: 'PLAN', amount: -250 },
  ]);
  expect(await books.prepaidOf(profile)).toEqual({ [client]: 650 });
  await expect(credit(profile, 0n)).rejects.toThrow('gives something back');
});

test('P what was not paid yet is owed no longer; only what was paid comes back', async () => {
  const profile = await books.profile({ taxBasisPoints: 1_000 });
  const invoice = await books.invoice(profile, 1_000n);
  const payment = await books.approved(profile, 300n, invoice.id);
  await books.system((tx, now) => payByCard(tx, invoice.id, payment, now));
  expect(await owed(invoice)).toBe(800n);

  await credit(profile, 500n, { corrects: invoice.id });
  expect(await owed(invoice)).toBe(250n);
  expect(await books.prepaidOf(profile)).toEqual({ '': 0 });
  await credit(profile, 500n, { corrects: invoice.id });
  expect(await owed(invoice)).toBe(0n);
  expect(await books.prepaidOf(profile)).toEqual({ '': 300 });
});

test('P more than is left of an invoice comes back all the same, and corrects none in particular', async () => {
  const profile = await books.profile({ taxBasisPoints: 2_000 });
  const invoice = await paidInvoice(profile, 100n);
  const note = await credit(profile, 150n, { corrects: invoice.id });
  expect(note).toMatchObject({ correctsId: null, gross: 180n });
  expect(await books.prepaidOf(profile)).toEqual({ '': 180 });
  const another = await books.profile();
  await expect(credit(another, 10n, { corrects: invoice.id })).rejects.toThrow('another profile');
});

test('P a credit note with the same reference is issued once, by ten at once', async () => {
  const profile = await books.profile({ taxBasisPoints: 0 });
  const invoice = await paidInvoice(profile, 1_000n);
  const reference = newId();
  const issued = await Promise.all(
    Array.from({ length: 10 }, () => credit(profile, 100n, { corrects: invoice.id, reference })),
  );
  expect(issued.filter((note) => note !== null)).toHaveLength(1);
  expect(await books.prepaidOf(profile)).toEqual({ '': 100 });
});

test('A card payment is booked once; what it brings beyond what is owed becomes prepaid money for the account', async () => {
  const profile = await books.profile({ taxBasisPoints: 0 });
  const invoice = await books.invoice(profile, 1_000n);
  const payment = await books.approved(profile, 1_000n, invoice.id);
  await credit(profile, 400n, { corrects: invoice.id });
  const pay = () => books.system((tx, now) => payByCard(tx, invoice.id, payment, now));
  await Promise.all([pay(), pay()]);
  await pay();
  expect(await owed(invoice)).toBe(0n);
  expect(await books.prepaidOf(profile)).toEqual({ '': 0, [profile.accountId]: 400 });
});

test('P credit notes, the card and each other at once on one invoice: all are booked, none waits in a circle', async () => {
  for (let turn = 0; turn < 5; turn += 1) {
    const profile = await books.profile({ taxBasisPoints: 0 });
    const invoice = await books.invoice(profile, 1_000n);
    const payments = [await books.approved(profile, 300n, invoice.id), await books.approved(profile, 300n, invoice.id)];
    const pay = payments.map((payment) => books.system((tx, now) => payByCard(tx, invoice.id, payment, now)));
    const notes = Array.from({ length: 6 }, () => credit(profile, 100n, { corrects: invoice.id }));
    await Promise.all([...pay, ...notes]);
    expect(await owed(invoice)).toBe(0n);
    const held = Object.values(await books.prepaidOf(profile)).reduce((sum, balance) => sum + balance, 0);
    expect(held).toBe(200);
  }
});
