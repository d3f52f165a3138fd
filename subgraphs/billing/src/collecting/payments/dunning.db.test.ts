import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectSound, line } from '../../testing/invoiceFixture.ts';
import { type PaymentFixture, startPayments } from '../../testing/paymentFixture.ts';
import { issueCreditNote } from '../invoices/creditNote.ts';
import { refusesDeletion } from '../profiles/profile.ts';
import { findUse, markDeleted } from '../profiles/profileChanges.ts';
import { lockProfileToChange } from '../profiles/profileStore.ts';
import type { BillingProfile } from '../profiles/profileTables.ts';
import { collectInvoice, dueAttempts } from './dunning.ts';
import { withNewCard } from './dunningRule.ts';
import { lockDunningsOf, saveDunning } from './dunningStore.ts';

let payments: PaymentFixture;
beforeAll(async () => {
  payments = await startPayments();
});
afterAll(() => payments.stop());

const states = async (invoiceId: string): Promise<string[]> =>
  (await payments.attempts(invoiceId)).map(({ state }) => state);

test('P a payment that fails is tried again 1, 3 and 7 days later by the clock; the partner is told each time, and a last time', async () => {
  const client = newId();
  const profile = await payments.payer('tok_insufficient');
  await payments.admin.query(`insert into access.account_zone values ($1, 'Pacific/Auckland')`, [profile.accountId]);
  const { invoice } = await payments.collecting(profile, { accountId: client });
  const first = payments.clock.now().getTime();
  const hours: number[] = [];
  for (let hour = 0; hour <= 24 * 12; hour += 1) {
    payments.clock.set(new Date(first + hour * 3_600_000));
    const before = (await payments.attempts(invoice.id)).filter(({ settledAt }) => settledAt !== null).length;
    await payments.rounds();
    const after = (await payments.attempts(invoice.id)).filter(({ settledAt }) => settledAt !== null).length;
    if (after > before) hours.push(hour);
  }
  expect(hours).toEqual([0, 24, 72, 168]);

  const about = { invoice: invoice.number, amount: '120.00 EUR', card: 'test 4242', reason: 'INSUFFICIENT_FUNDS' };
  const notice = (kind: string, day: string) => ({ kind, params: { ...about, day }, accounts: { client } });
  expect(await payments.notices(profile.accountId)).toEqual([
    // 10:00 UTC is 23:00 there: still the same day.
    notice('PAYMENT_FAILED', '2026-11-23'),
    notice('PAYMENT_FAILED', '2026-11-25'),
    notice('PAYMENT_FAILED', '2026-11-29'),
    notice('PAYMENT_FAILED_LAST', ''),
  ]);
  expect(await payments.notices(client)).toEqual([]);
  expect(await payments.owed(invoice.id)).toBe(12_000);
  await expectSound(payments);
});

test('P the second attempt is approved: the invoice is paid, and nothing is tried or said any more', async () => {
  const profile = await payments.payer('tok_declined_then_approved');
  const { invoice } = await payments.collecting(profile);
  await payments.rounds();
  expect(await states(invoice.id)).toEqual(['DECLINED']);
  payments.pass({ days: 1 });
  await payments.rounds();
  expect(await states(invoice.id)).toEqual(['DECLINED', 'APPROVED']);
  expect(await payments.owed(invoice.id)).toBe(0);
  payments.pass({ days: 30 });
  await payments.rounds();
  expect(await states(invoice.id)).toHaveLength(2);
  expect(await payments.notices(profile.accountId)).toHaveLength(1);
  await expectSound(payments);
});

test('P after an outage of a month the attempts that were missed do not follow each other at once', async () => {
  const profile = await payments.payer('tok_declined');
  const { invoice } = await payments.collecting(profile);
  await payments.rounds();
  payments.pass({ days: 30 });
  for (const _round of [1, 2, 3]) await payments.rounds();
  expect(await states(invoice.id)).toHaveLength(2);
  payments.pass({ days: 2 });
  await payments.rounds();
  expect(await states(invoice.id)).toHaveLength(3);
});

test('P without a card the payer is told, and it is tried again as if one had been declined', async () => {
  const profile = await payments.payer(null);
  const { invoice, payment } = await payments.collecting(profile);
  expect(payment).toBeNull();
  for (const days of [1, 2, 4, 8]) {
    payments.pass({ days });
    await payments.rounds();
  }
  expect(await states(invoice.id)).toEqual([]);
  const notices = await payments.notices(profile.accountId);
  expect(notices.map(({ kind, params }) => `${kind} ${params.reason}`)).toEqual([
    'PAYMENT_FAILED NO_CARD',
    'PAYMENT_FAILED NO_CARD',
    'PAYMENT_FAILED NO_CARD',
    'PAYMENT_FAILED_LAST NO_CARD',
  ]);
});

test('two rounds at once, while a new card is put on: each attempt is recorded once, and nobody waits in a circle', async () => {
  const profile = await payments.payer('tok_declined');
  const invoices = [];
  for (let at = 0; at < 6; at += 1) invoices.push((await payments.collecting(profile)).invoice);
  for (const _more of [1, 2]) await payments.rounds();
  payments.pass({ days: 1 });
  const work = payments.work as JobContext;
  const held = Promise.withResolvers<void>();
  const newCard = payments.system(async (tx, now) => {
    const locked = (await lockProfileToChange(tx, profile.id)) as BillingProfile;
    held.resolve();
    await payments.untilWaiting();
    for (const dunning of await lockDunningsOf(tx, locked.id)) await saveDunning(tx, withNewCard(dunning, now));
  });
  await held.promise;
  await Promise.all([
    dueAttempts(payments.config).run(work, newId()),
    dueAttempts(payments.config).run(work, newId()),
    newCard,
  ]);
  for (const { id } of invoices) expect(await states(id)).toEqual(['DECLINED', 'PENDING']);
});

test('an invoice is collected once, however often it is asked for', async () => {
  const profile = await payments.payer('tok_approved');
  const { invoice } = await payments.collecting(profile);
  const again = await payments.system((tx, now) =>
    collectInvoice(tx, { invoice, profile, now, cards: payments.config.payments }),
  );
  expect(again).toBeNull();
  await payments.rounds();
  expect(await states(invoice.id)).toEqual(['APPROVED']);
  const paid = await payments.invoice(profile, 0n);
  expect(
    await payments.system((tx, now) =>
      collectInvoice(tx, { invoice: paid, profile, now, cards: payments.config.payments }),
    ),
  ).toBeNull();
});

test('P an invoice that a credit note took back between two attempts is not tried again', async () => {
  const profile = await payments.payer('tok_declined');
  const { invoice } = await payments.collecting(profile);
  await payments.rounds();
  await payments.system((tx, now) =>
    issueCreditNote(tx, {
      profile,
      accountId: profile.accountId,
      lines: [line(-10_000n)],
      corrects: invoice.id,
      reference: newId(),
      to: 'PREPAID',
      earmarkId: null,
      now,
    }),
  );
  payments.pass({ days: 1 });
  await payments.rounds();
  expect(await states(invoice.id)).toEqual(['DECLINED']);
  const { rows } = await payments.admin.query('select state from invoice_dunning where invoice_id = $1', [invoice.id]);
  expect(rows).toEqual([{ state: 'PAID' }]);
  await expectSound(payments);
});

test('P A39 an invoice that was taken back, and its profile deleted after: the attempts of everybody else go on', async () => {
  const gone = await payments.payer('tok_declined');
  const { invoice } = await payments.collecting(gone);
  const other = await payments.collecting(await payments.payer('tok_declined_then_approved'));
  await payments.rounds();
  // Until its money is spent a profile stays; here nothing of it was paid, so nothing is left of it.
  await payments.system((tx, now) =>
    issueCreditNote(tx, {
      profile: gone,
      accountId: gone.accountId,
      lines: [line(-10_000n)],
      corrects: invoice.id,
      reference: newId(),
      to: 'PREPAID',
      earmarkId: null,
      now,
    }),
  );
  await payments.system(async (tx, now) => {
    const locked = (await lockProfileToChange(tx, gone.id)) as BillingProfile;
    expect(refusesDeletion(await findUse(tx, locked.id))).toBeNull();
    await markDeleted(tx, locked, now);
  });
  payments.pass({ days: 1 });
  await payments.rounds();
  expect(await states(other.invoice.id)).toEqual(['DECLINED', 'APPROVED']);
});
