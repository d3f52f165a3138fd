import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectSound } from '../../testing/invoiceFixture.ts';
import { type PaymentFixture, startPayments } from '../../testing/paymentFixture.ts';
import { collect, reconcile, refresh } from './collect.ts';
import { claimPayment, startPayment } from './paymentStore.ts';
import type { Payment } from './paymentTables.ts';
import { settle } from './settle.ts';

let payments: PaymentFixture;
beforeAll(async () => {
  payments = await startPayments();
});
afterAll(() => payments.stop());

/** An invoice of 120.00 with tax, and the payment that is recorded for it. */
async function recorded(token: string): Promise<Payment> {
  const { payment } = await payments.collecting(await payments.payer(token));
  return payment as Payment;
}

/** The same for somebody who is there. */
async function recordedPresent(token: string): Promise<Payment> {
  const { admin, system } = payments;
  const { id, profileId, purposeId } = await recorded(token);
  await admin.query('delete from payment where id = $1', [id]);
  const profile = await payments.payer(token);
  return await system((tx, now) =>
    startPayment(tx, {
      profile: { ...profile, id: profileId },
      amount: { minor: 12_000n, currency: 'EUR' },
      purpose: 'INVOICE',
      purposeId,
      description: 'A quote',
      present: true,
      now,
    }),
  );
}

const CHARGED_ONCE = ['12000 EUR'];

test('an approved card pays the invoice, books and all; asked again, nothing more happens', async () => {
  const { deps, provider } = payments;
  const { id, purposeId } = await recorded('tok_approved');
  const paid = await collect(deps, id);
  expect(paid).toMatchObject({ state: 'APPROVED', reference: `test_${id}`, settledAt: expect.any(Date) });
  payments.pass({ minutes: 2 });
  expect(await collect(deps, id)).toEqual({ ...paid, askedAt: paid.settledAt });
  await payments.rounds();
  expect(provider.charges(id)).toEqual(CHARGED_ONCE);
  expect(await payments.owed(purposeId)).toBe(0);
  await expectSound(payments);
});

test('killed between recording and asking: a round asks', async () => {
  const { provider } = payments;
  const { id, purposeId } = await recorded('tok_approved');
  expect(provider.charges(id)).toEqual([]);
  await payments.rounds();
  expect(await payments.payment(id)).toMatchObject({ state: 'APPROVED' });
  expect(provider.charges(id)).toEqual(CHARGED_ONCE);
  expect(await payments.owed(purposeId)).toBe(0);
});

test('killed between asking and settling: a round finds out, a minute later, and charges nothing again', async () => {
  const { provider, system } = payments;
  const { id, customer, method, amount, description, present, purposeId } = await recorded('tok_approved');
  await system((tx, now) => claimPayment(tx, id, now));
  await provider.charge({ paymentId: id, customer, method, amount, description, present });
  await payments.rounds();
  expect(await payments.payment(id)).toMatchObject({ state: 'PENDING' });
  payments.pass({ minutes: 1 });
  await payments.rounds();
  expect(await payments.payment(id)).toMatchObject({ state: 'APPROVED' });
  expect(provider.charges(id)).toEqual(CHARGED_ONCE);
  expect(await payments.owed(purposeId)).toBe(0);
  await expectSound(payments);
});

test.each`
  token                                            | title
  ${'tok_times_out_after_charging'}                | ${'the answer is lost after charging'}
  ${'tok_times_out_before_charging_then_approved'} | ${'the request is lost'}
`('$title: the payment stays PENDING, is asked for again, and the card is charged once', async ({ token }) => {
  const { deps, provider } = payments;
  const { id, purposeId } = await recorded(token as string);
  expect(await collect(deps, id)).toMatchObject({ state: 'PENDING', settledAt: null });
  expect(await collect(deps, id)).toMatchObject({ state: 'PENDING' });
  expect(await payments.owed(purposeId)).toBe(12_000);
  payments.pass({ minutes: 1 });
  await payments.rounds();
  expect(await payments.payment(id)).toMatchObject({ state: 'APPROVED' });
  expect(provider.charges(id)).toEqual(CHARGED_ONCE);
  await expectSound(payments);
});

test('ten that collect and three reconcilers at once: one charge, one booking', async () => {
  const { deps, provider, admin } = payments;
  const { id, purposeId } = await recorded('tok_approved');
  payments.pass({ minutes: 1 });
  const round = (): Promise<number> => reconcile(payments.config).run(payments.work as JobContext, newId());
  await Promise.all([...Array.from({ length: 10 }, () => collect(deps, id)), round(), round(), round()]);
  expect(await payments.payment(id)).toMatchObject({ state: 'APPROVED' });
  expect(provider.charges(id)).toEqual(CHARGED_ONCE);
  const { rows } = await admin.query(`select type from ledger_transaction where cause->>'paymentId' = $1`, [id]);
  expect(rows).toEqual([{ type: 'PAYMENT' }]);
  expect(await payments.owed(purposeId)).toBe(0);
});

test('the same outcome settled by ten at once is one settlement', async () => {
  const { system, admin } = payments;
  const payment = await recorded('tok_approved');
  const outcome = { outcome: 'APPROVED', reference: 'x' } as const;
  await Promise.all(
    Array.from({ length: 10 }, () =>
      system((tx, now) => settle(tx, payments.deps.config.paymentPurposes, payment, outcome, now)),
    ),
  );
  const { rows } = await admin.query(`select type from ledger_transaction where cause->>'paymentId' = $1`, [
    payment.id,
  ]);
  expect(rows).toHaveLength(1);
  const other = await recorded('tok_declined');
  const no = { outcome: 'DECLINED', decline: 'CARD_DECLINED', reference: null } as const;
  await Promise.all(
    Array.from({ length: 10 }, () =>
      system((tx, now) => settle(tx, payments.deps.config.paymentPurposes, other, no, now)),
    ),
  );
  expect(await payments.notices(other.accountId)).toHaveLength(1);
});

test.each`
  token                 | decline
  ${'tok_declined'}     | ${'CARD_DECLINED'}
  ${'tok_insufficient'} | ${'INSUFFICIENT_FUNDS'}
  ${'tok_expired'}      | ${'CARD_EXPIRED'}
`('$token leaves nothing behind but the attempt', async ({ token, decline }) => {
  const { deps, provider, admin } = payments;
  const { id, purposeId } = await recorded(token as string);
  const before = await admin.query('select count(*) from ledger_transaction');
  expect(await collect(deps, id)).toMatchObject({ state: 'DECLINED', decline, settledAt: deps.now() });
  expect((await admin.query('select count(*) from ledger_transaction')).rows).toEqual(before.rows);
  expect(await payments.owed(purposeId)).toBe(12_000);
  expect(provider.charges(id)).toEqual([]);
});

test('a payment that needs an action: who is not there is told by mail; confirmed, it is approved at the next look', async () => {
  const { deps, provider } = payments;
  const { id, accountId, purposeId } = await recorded('tok_needs_action');
  const waits = await collect(deps, id);
  expect(waits).toMatchObject({ state: 'NEEDS_ACTION', actionUrl: `https://bank.example/confirm/${id}` });
  expect(await payments.notices(accountId)).toEqual([
    {
      kind: 'PAYMENT_NEEDS_ACTION',
      params: {
        amount: '120.00 EUR',
        link: `https://bank.example/confirm/${id}`,
        message: expect.stringMatching(/^Invoice F2026-\d{6}$/),
      },
    },
  ]);
  expect(await refresh(deps, id)).toMatchObject({ state: 'NEEDS_ACTION' });
  provider.confirm(id);
  expect(await refresh(deps, id)).toMatchObject({ state: 'APPROVED', actionUrl: null });
  expect(await payments.owed(purposeId)).toBe(0);
  expect(await payments.notices(accountId)).toHaveLength(1);
});

test('a confirmation that nobody reports is noticed by a round', async () => {
  const { deps, provider } = payments;
  const { id } = await recordedPresent('tok_needs_action');
  await collect(deps, id);
  provider.confirm(id);
  payments.pass({ minutes: 2 });
  await payments.rounds();
  expect(await payments.payment(id)).toMatchObject({ state: 'APPROVED' });
});

test('an action that is not confirmed within the hour, or 20 hours where nobody was there, is ended, and can no longer be confirmed', async () => {
  const { deps, provider } = payments;
  const absent = await recorded('tok_needs_action');
  const present = await recordedPresent('tok_needs_action');
  for (const { id } of [absent, present]) await collect(deps, id);
  payments.pass({ minutes: 59 });
  await payments.rounds();
  expect(await payments.payment(present.id)).toMatchObject({ state: 'NEEDS_ACTION' });
  payments.pass({ minutes: 1, seconds: 1 });
  await payments.rounds();
  expect(await payments.payment(present.id)).toMatchObject({ state: 'CANCELLED' });
  expect(await payments.payment(absent.id)).toMatchObject({ state: 'NEEDS_ACTION' });
  payments.pass({ hours: 19 });
  await payments.rounds();
  expect(await payments.payment(absent.id)).toMatchObject({ state: 'CANCELLED' });
  expect(() => provider.confirm(present.id)).toThrow('needs no action');
  expect(await payments.owed(absent.purposeId)).toBe(12_000);
});

test('a provider that never answers: who was there waits an hour at most, then the payment is ended', async () => {
  const { deps, provider } = payments;
  const { id } = await recordedPresent('tok_times_out_before_charging');
  await collect(deps, id);
  for (let minutes = 0; minutes < 59; minutes += 2) {
    payments.pass({ minutes: 2 });
    await payments.rounds();
  }
  payments.pass({ minutes: 2 });
  await payments.rounds();
  expect(await payments.payment(id)).toMatchObject({ state: 'CANCELLED' });
  expect(provider.charges(id)).toEqual([]);
});

test('a provider that is away is asked for a few and not for all: other rounds wait for this one', async () => {
  const made: string[] = [];
  for (let at = 0; at < 9; at += 1) made.push((await recorded('tok_times_out_before_charging')).id);
  const asked = async (): Promise<number> => {
    const { rows } = await payments.admin.query(
      'select count(*)::integer as asked from payment where id = any($1) and asked_at is not null',
      [made],
    );
    return rows[0].asked;
  };
  await payments.rounds();
  expect(await asked()).toBe(4);
  await payments.rounds();
  expect(await asked()).toBe(8);
});

test('the database takes one payment under way per purpose', async () => {
  const payment = await recorded('tok_approved');
  const profile = await payments.payer('tok_approved');
  const again = payments.system((tx, now) =>
    startPayment(tx, {
      profile,
      amount: { minor: 1n, currency: 'EUR' },
      purpose: 'INVOICE',
      purposeId: payment.purposeId,
      description: 'again',
      now,
    }),
  );
  await expect(again).rejects.toThrow('payment_under_way');
});

test('a payment that ended here and was charged there is nothing to pass over in silence', async () => {
  const { system } = payments;
  const payment = await recorded('tok_approved');
  await system((tx, now) => settle(tx, payments.deps.config.paymentPurposes, payment, { outcome: 'CANCELLED' }, now));
  const charged = { outcome: 'APPROVED', reference: 'x' } as const;
  await expect(
    system((tx, now) => settle(tx, payments.deps.config.paymentPurposes, payment, charged, now)),
  ).rejects.toThrow('the provider says');
  await payments.deps.system('', (tx) =>
    settle(tx, payments.deps.config.paymentPurposes, payment, { outcome: 'CANCELLED' }, payments.deps.now()),
  );
  expect(await payments.payment(payment.id)).toMatchObject({ state: 'CANCELLED' });
});
