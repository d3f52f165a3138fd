import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { Any, type EntityManager } from 'typeorm';
import type { Money } from '../../books/money/money.ts';
import type { BillingProfile } from '../profiles/profileTables.ts';
import {
  type Payment,
  type PaymentRow,
  type PaymentState,
  PaymentTable,
  type Purpose,
  type ShownPayment,
} from './paymentTables.ts';

/** With what the request's role has no right to. */
const whole = (tx: EntityManager) => tx.createQueryBuilder(PaymentTable, 'p').addSelect(['p.customer', 'p.method']);

const read = <Row extends Omit<PaymentRow, 'customer' | 'method'>>({ currency, minor, ...row }: Row) => ({
  ...row,
  amount: { minor, currency },
});

/**
 * Records a payment by the card that the profile has now; nothing outside happens yet (`collect`). The caller has
 * locked the profile and seen that it has a card. The database takes one unsettled payment per purpose. `present` is
 * true when a person is there to confirm it: left out, for a quote.
 */
export async function startPayment(
  tx: EntityManager,
  asked: {
    profile: BillingProfile;
    amount: Money;
    purpose: Purpose;
    purposeId: string;
    /** At most 200 characters; the cardholder may read it. */
    description: string;
    present?: boolean;
    now: Date;
  },
): Promise<Payment> {
  const { profile, amount, purpose, purposeId, description, now } = asked;
  if (profile.card === null) throw new Error('A profile without a card was asked to pay.');
  if (amount.currency !== profile.currency) throw new TypeError('A profile pays in its own currency.');
  const payment: PaymentRow = {
    id: newId(),
    profileId: profile.id,
    accountId: profile.accountId,
    ...amount,
    purpose,
    purposeId,
    description,
    present: asked.present ?? purpose === 'QUOTE',
    customer: profile.card.customer,
    method: profile.card.method,
    state: 'PENDING',
    decline: null,
    actionUrl: null,
    reference: null,
    createdAt: now,
    askedAt: null,
    actionSince: null,
    settledAt: null,
  };
  await tx.insert(PaymentTable, payment);
  return read(payment);
}

/** For the system role, here and down to `savePayment`. */
export async function findPayment(tx: EntityManager, id: string): Promise<Payment | null> {
  const row = await whole(tx).where({ id }).getOne();
  return row === null ? null : read(row);
}

export async function lockPayment(tx: EntityManager, id: string): Promise<Payment | null> {
  const row = await whole(tx).where({ id }).setLock('for_no_key_update').getOne();
  return row === null ? null : read(row);
}

/** How long anyone who asks the provider has it to themselves: longer than the provider may take to answer. */
export const ASKING_SECONDS = 60;

/**
 * Takes it on oneself to ask the provider about a payment that is not settled. Null when somebody else did within the
 * last minute, or when there is nothing to ask; what waits for its cardholder may be looked for at any time. It only
 * spares the provider double work: what it does for a payment id, it does once.
 */
export async function claimPayment(tx: EntityManager, id: string, now: Date): Promise<Payment | null> {
  const payment = await lockPayment(tx, id);
  if (payment === null || payment.settledAt !== null) return null;
  const free = new Date(now.getTime() - ASKING_SECONDS * 1_000);
  if (payment.state === 'PENDING' && payment.askedAt !== null && payment.askedAt > free) return null;
  await tx.update(PaymentTable, { id }, { askedAt: now });
  return payment;
}

/**
 * Ids of unsettled payments that no one asks about: recorded and never asked for, or asked for more than a minute ago.
 * The longest waiting first.
 */
export async function findUnsettled(tx: EntityManager, now: Date, most: number): Promise<string[]> {
  const free = new Date(now.getTime() - ASKING_SECONDS * 1_000);
  const rows: { id: string }[] = await tx.query(
    // A quote is collected by the request that commits it; a round only takes over what that request left behind.
    `select p.id from payment p
     where p.settled_at is null
       and (p.asked_at <= $1 or (p.asked_at is null and (p.purpose = 'INVOICE' or p.created_at <= $1)))
     order by p.asked_at nulls first, p.id limit $2`,
    [free, most],
  );
  return rows.map(({ id }) => id);
}

export type PaymentStep = Pick<
  Payment,
  'state' | 'decline' | 'actionUrl' | 'reference' | 'actionSince' | 'settledAt'
> & { state: PaymentState };

/** Writes where a locked payment stands. */
export async function savePayment(tx: EntityManager, id: string, step: PaymentStep): Promise<void> {
  const { state, decline, actionUrl, reference, actionSince, settledAt } = step;
  await tx.update(PaymentTable, { id }, { state, decline, actionUrl, reference, actionSince, settledAt });
}

/** Row-level security decides which of them exist for this viewer, here and below. */
export async function loadPayments(tx: EntityManager, ids: readonly string[]): Promise<ShownPayment[]> {
  return (await tx.findBy(PaymentTable, { id: Any([...ids]) })).map(read);
}

const PAYMENTS: KeysetList = {
  select: columnsOf(PaymentTable, 'p'),
  from: 'payment p',
  where: 'p.profile_id = owner.id',
  keys: [
    { by: 'p.created_at', kind: 'instant' },
    { by: 'p.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per profile of its payments, newest first. */
export async function loadPaymentPages(
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
): Promise<ShownPayment[]> {
  return (await loadKeysetPages<PaymentRow>(tx, PAYMENTS, { owners, page })).map(read);
}

const PAYMENTS_OF_INVOICE: KeysetList = { ...PAYMENTS, where: `p.purpose = 'INVOICE' and p.purpose_id = owner.id` };

/** One page per invoice of the payments that were asked for it, newest first. */
export async function loadInvoicePaymentPages(
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
): Promise<ShownPayment[]> {
  return (await loadKeysetPages<PaymentRow>(tx, PAYMENTS_OF_INVOICE, { owners, page })).map(read);
}
