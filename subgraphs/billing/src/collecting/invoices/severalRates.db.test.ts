import { newId } from '@comptoir/shared/values/uuid.ts';
import { staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectSound } from '../../testing/invoiceFixture.ts';
import {
  at,
  type Payer,
  PLUS,
  type SubscriptionFixture,
  startSubscriptions,
} from '../../testing/subscriptionFixture.ts';
import { randomOf } from '../../testing/tampering.ts';

type Answer = any;

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
});
afterAll(async () => {
  await expectSound(billing);
  await billing.stop();
});

const INVOICES = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Account { invoices(first: 100) { nodes { id kind number
  net { amount } tax { amount } taxLines { basisPoints net { amount } tax { amount } } corrects { id }
  takesBack { invoice { id number } net { amount } tax { amount } } creditNotes { nodes { id } } } } } } }`;
const CREDIT = `mutation ($input: InvoiceCreditInput!) { invoiceCredit(input: $input) { creditNote { id } userErrors { code } } }`;
const cents = ({ amount }: { amount: string }): number => Math.round(Number(amount) * 100);

async function billsOf({ accountId, viewer }: Payer): Promise<Answer[]> {
  const { data, errors } = await billing.execute(INVOICES, { of: [{ __typename: 'Account', id: accountId }] }, viewer);
  expect(errors).toBeUndefined();
  return (data as Answer)._entities[0].invoices.nodes;
}
const taxIs = ({ profile }: Payer, basisPoints: number) =>
  billing.admin.query('update billing_profile set tax_basis_points = $2 where id = $1', [profile.id, basisPoints]);
const change = (payer: Payer, input: object) =>
  billing.done('subscriptionChangeQuote', { accountId: payer.accountId, ...input }, payer.viewer);

/** What was charged and given back, net and tax, by rate. */
function byRate(bills: Answer[]): Map<number, Record<'charged' | 'back', { net: number; tax: number }>> {
  const rates = new Map<number, Record<'charged' | 'back', { net: number; tax: number }>>();
  for (const { kind, taxLines } of bills)
    for (const { basisPoints, net, tax } of taxLines) {
      const rate = rates.get(basisPoints) ?? { charged: { net: 0, tax: 0 }, back: { net: 0, tax: 0 } };
      const side = rate[kind === 'INVOICE' ? 'charged' : 'back'];
      side.net += cents(net);
      side.tax += cents(tax);
      rates.set(basisPoints, rate);
    }
  return rates;
}

test('P what is given back of invoices at several tax rates has a tax line for each, in proportion, and names every invoice', async () => {
  at(billing, '2026-11-01T10:00:00.000Z');
  const payer = await billing.payer({ taxBasisPoints: 2_000 });
  await billing.done(
    'subscriptionCreateQuote',
    { accountId: payer.accountId, profileId: payer.profile.id, ...PLUS },
    payer.viewer,
  );
  await taxIs(payer, 1_000);
  await change(payer, { plan: 'PROFESSIONAL' });
  await taxIs(payer, 0);
  const { invoice, prorated } = await change(payer, { plan: 'STARTER' });
  const bills = await billsOf(payer);
  const note = bills.find(({ id }) => id === invoice.id);
  expect(note.corrects).toBeNull();
  expect(cents(note.net)).toBe(-cents(prorated));
  expect(note.taxLines.map(({ basisPoints }: Answer) => basisPoints)).toEqual([2_000, 1_000]);
  const invoices = bills.filter(({ kind }) => kind === 'INVOICE');
  const whole = invoices.reduce((sum, { net }) => sum + cents(net), 0);
  for (const { id, net, taxLines } of invoices) {
    const part = note.takesBack.find((one: Answer) => one.invoice.id === id);
    // To the cent: in proportion of what each invoice asked for.
    expect(Math.abs(cents(part.net) - (cents(note.net) * cents(net)) / whole)).toBeLessThan(1);
    expect(cents(part.tax)).toBe(Math.round((cents(part.net) * taxLines[0].basisPoints) / 10_000));
  }
  expect(invoices.map(({ creditNotes }) => creditNotes.nodes)).toEqual([[{ id: note.id }], [{ id: note.id }]]);

  // What was taken back by parts is taken back: staff credit the rest of each invoice, and not more.
  for (const { id: invoiceId, net } of invoices) {
    const part = note.takesBack.find((one: Answer) => one.invoice.id === invoiceId);
    const credit = async (minor: number): Promise<string[]> => {
      const amount = { amount: (minor / 100).toFixed(2), currency: 'EUR' };
      const input = { invoiceId, net: amount, description: 'We owe it', idempotencyKey: newId() };
      const { data, errors } = await billing.execute(CREDIT, { input }, staffViewer());
      expect(errors).toBeUndefined();
      return (data as Answer).invoiceCredit.userErrors.map(({ code }: Answer) => code);
    };
    const left = cents(net) - cents(part.net);
    expect(await credit(left + 1)).toHaveLength(1);
    expect(await credit(left)).toEqual([]);
  }
  for (const [, { charged, back }] of byRate(await billsOf(payer))) expect(back).toEqual(charged);
});

test.each([
  ['ANNUAL', 'MONTHLY'],
  ['MONTHLY', 'ANNUAL'],
])(
  'P what a change from %s to %s brought into the cycle is given back with the tax that was on it',
  async (before, after) => {
    at(billing, '2026-11-01T10:00:00.000Z');
    const payer = await billing.payer({ taxBasisPoints: 2_000 });
    const start = {
      accountId: payer.accountId,
      profileId: payer.profile.id,
      ...PLUS,
      contacts: 5_000,
      frequency: before,
    };
    await billing.done('subscriptionCreateQuote', start, payer.viewer);
    await change(payer, { frequency: after });
    await taxIs(payer, 0);
    const { invoice } = await change(payer, { plan: 'STARTER', contacts: 1_000 });
    const bills = await billsOf(payer);
    const note = bills.find(({ id }) => id === invoice.id);
    expect(note.kind).toBe('CREDIT_NOTE');
    expect(note.taxLines).toEqual([{ basisPoints: 2_000, net: note.net, tax: note.tax }]);
    expect(cents(note.tax)).toBe(Math.round(cents(note.net) / 5));
  },
);

test('P what was paid for a month, carried into a year and out of it again, is given back with its tax', async () => {
  at(billing, '2026-11-01T10:00:00.000Z');
  const payer = await billing.payer({ taxBasisPoints: 2_000 });
  const start = {
    accountId: payer.accountId,
    profileId: payer.profile.id,
    ...PLUS,
    plan: 'PROFESSIONAL',
    contacts: 5_000,
  };
  await billing.done('subscriptionCreateQuote', start, payer.viewer);
  await change(payer, { plan: 'STARTER', contacts: 1_000, frequency: 'ANNUAL' });
  at(billing, '2026-12-15T10:00:00.000Z');
  await change(payer, { plan: 'PLUS', frequency: 'MONTHLY' });
  await taxIs(payer, 0);
  const { invoice } = await change(payer, { plan: 'STARTER' });
  const bills = await billsOf(payer);
  expect(bills.map(({ kind }) => kind)).toEqual(['CREDIT_NOTE', 'CREDIT_NOTE', 'CREDIT_NOTE', 'INVOICE']);
  expect(bills.find(({ id }) => id === invoice.id).taxLines).toMatchObject([{ basisPoints: 2_000 }]);
});

test('A26 what staff took back of the invoice that a change of frequency carried over is not given back again', async () => {
  at(billing, '2026-11-01T10:00:00.000Z');
  const payer = await billing.payer();
  const start = {
    accountId: payer.accountId,
    profileId: payer.profile.id,
    ...PLUS,
    contacts: 5_000,
    frequency: 'ANNUAL',
  };
  const { invoice } = await billing.done('subscriptionCreateQuote', start, payer.viewer);
  await change(payer, { frequency: 'MONTHLY' });
  const input = { invoiceId: invoice.id, description: 'We owe it', idempotencyKey: newId() };
  const { data } = await billing.execute(CREDIT, { input }, staffViewer());
  expect((data as Answer).invoiceCredit.userErrors).toEqual([]);
  const less = { accountId: payer.accountId, plan: 'STARTER', contacts: 1_000 };
  expect((await billing.ask('subscriptionChangeQuote', less, payer.viewer)).userErrors).toMatchObject([
    { code: 'INVOICE_CREDITED' },
  ]);
  // The next cycle is billed anew, and what of it is not used comes back.
  at(billing, '2026-12-01T10:00:00.000Z');
  await billing.renew();
  await billing.payOpen(payer.accountId);
  const { invoice: note } = await change(payer, { plan: 'STARTER', contacts: 1_000 });
  expect(note.kind).toBe('CREDIT_NOTE');
});

test('P however plans and tax rates change in a cycle, no rate gives back more than it was charged, and quote, credit note and books agree', async () => {
  const random = randomOf(20_261_122);
  let several = 0;
  for (let turn = 0; turn < 12; turn += 1) {
    at(billing, '2026-03-01T10:00:00.000Z');
    const payer = await billing.payer({ taxBasisPoints: 2_000 });
    const start = { accountId: payer.accountId, profileId: payer.profile.id, ...PLUS, frequency: 'ANNUAL' };
    await billing.done('subscriptionCreateQuote', start, payer.viewer);
    for (let step = 1; step <= 7; step += 1) {
      at(billing, new Date(Date.UTC(2026, 2, 1 + step * 9 + random(8), 10)).toISOString());
      await taxIs(payer, [0, 550, 1_000, 2_000][random(4)] as number);
      const wanted = {
        plan: step === 7 ? 'STARTER' : ['STARTER', 'PLUS', 'PROFESSIONAL'][random(3)],
        contacts: step === 7 ? 1_000 : [1_000, 2_500, 5_000][random(3)],
      };
      const { quote, userErrors } = await billing.ask(
        'subscriptionChangeQuote',
        { accountId: payer.accountId, ...wanted },
        payer.viewer,
      );
      if (quote === null) {
        expect(userErrors[0].code).toBe('NOTHING_TO_CHANGE');
        continue;
      }
      const { quote: done } = await billing.commit(quote.token, payer.viewer);
      expect(done.state).toBe('COMMITTED');
      if (done.invoice === null) continue;
      const bill = (await billsOf(payer)).find(({ id }) => id === done.invoice.id);
      expect(cents(bill.net)).toBe(Math.abs(cents(quote.prorated)));
      const sums = { net: 0, tax: 0 };
      for (const line of bill.taxLines) {
        sums.net += cents(line.net);
        sums.tax += cents(line.tax);
      }
      expect(sums).toEqual({ net: cents(bill.net), tax: cents(bill.tax) });
      if (bill.taxLines.length > 1) several += 1;
    }
    for (const [basisPoints, { charged, back }] of byRate(await billsOf(payer))) {
      const within = back.net <= charged.net && back.tax <= charged.tax;
      expect([turn, basisPoints, within]).toEqual([turn, basisPoints, true]);
    }
  }
  expect(several).toBeGreaterThan(8);
}, 120_000);

test('P however frequencies change and cycles are renewed, everything that is freed comes of an invoice, at its rate', async () => {
  const random = randomOf(20_261_123);
  let freed = 0;
  for (let turn = 0; turn < 8; turn += 1) {
    at(billing, '2026-03-01T10:00:00.000Z');
    const payer = await billing.payer({ taxBasisPoints: 2_000 });
    const start = { accountId: payer.accountId, profileId: payer.profile.id, ...PLUS };
    await billing.done('subscriptionCreateQuote', start, payer.viewer);
    for (let step = 1; step <= 8; step += 1) {
      at(billing, new Date(Date.UTC(2026, 2, 1 + step * 12 + random(12), 10)).toISOString());
      await billing.renew();
      await billing.payOpen(payer.accountId);
      await taxIs(payer, [550, 1_000, 2_000][random(3)] as number);
      const wanted = {
        accountId: payer.accountId,
        plan: ['STARTER', 'PLUS', 'PROFESSIONAL'][random(3)],
        contacts: [1_000, 5_000][random(2)],
        frequency: ['MONTHLY', 'ANNUAL'][random(2)],
      };
      const { quote, userErrors } = await billing.ask('subscriptionChangeQuote', wanted, payer.viewer);
      if (quote === null) expect(['NOTHING_TO_CHANGE', 'CARD_MINIMUM']).toContain(userErrors[0].code);
      else await billing.commit(quote.token, payer.viewer);
    }
    const bills = await billsOf(payer);
    const parts = bills.flatMap(({ takesBack }) => takesBack);
    freed += parts.length;
    expect(parts.filter(({ invoice }: Answer) => invoice === null)).toEqual([]);
    for (const [basisPoints, { charged, back }] of byRate(bills)) {
      const within = back.net <= charged.net && back.tax <= charged.tax;
      expect([turn, basisPoints, within]).toEqual([turn, basisPoints, true]);
    }
  }
  expect(freed).toBeGreaterThan(20);
});
