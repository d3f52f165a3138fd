import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { Money } from '../../books/money/money.ts';
import type { BillingProfile } from '../profiles/profileTables.ts';
import type { Payment, PaymentState, Purpose, ShownPayment } from './paymentTables.ts';

const SHOWN = `
  p.id, p.profile_id as "profileId", p.account_id as "accountId", p.currency, p.amount_minor as minor, p.purpose, p.purpose_id as "purposeId", p.description,
  p.present, p.state, p.decline, p.action_url as "actionUrl", p.reference, p.created_at as "createdAt", p.asked_at as "askedAt",
  p.action_since as "actionSince", p.settled_at as "settledAt"`;
/** The request's role has no right to the last two. */
const WHOLE = `${SHOWN}, p.customer, p.method`;

type Raw<Row extends ShownPayment> = Omit<Row, 'amount'> & { currency: string; minor: string };

const read = <Row extends ShownPayment>({ currency, minor, ...row }: Raw<Row>): Row =>
  ({ ...row, amount: { minor: BigInt(minor), currency } }) as unknown as Row;

/**
 * Records a payment by the card that the profile has now; nothing outside happens yet (`collect`). The caller has locked the profile and seen that it has a card.
 * The database takes one unsettled payment per purpose. `present` is true when a person is there to confirm it: left out, for a quote.
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
  const rows: Raw<Payment>[] = await tx.query(
    `insert into payment as p
       (id, profile_id, account_id, currency, amount_minor, purpose, purpose_id, description, present, customer, method, state, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'PENDING', $12)
     returning ${WHOLE}`,
    [
      newId(),
      profile.id,
      profile.accountId,
      amount.currency,
      amount.minor.toString(),
      purpose,
      purposeId,
      description,
      asked.present ?? purpose === 'QUOTE',
      profile.card.customer,
      profile.card.method,
      now,
    ],
  );
  return read<Payment>(rows[0] as Raw<Payment>);
}

/** For the system role, here and down to `savePayment`. */
export async function findPayment(tx: EntityManager, id: string): Promise<Payment | null> {
  const rows: Raw<Payment>[] = await tx.query(`select ${WHOLE} from payment p where p.id = $1`, [id]);
  return rows[0] === undefined ? null : read<Payment>(rows[0]);
}

export async function lockPayment(tx: EntityManager, id: string): Promise<Payment | null> {
  const rows: Raw<Payment>[] = await tx.query(`select ${WHOLE} from payment p where p.id = $1 for no key update`, [id]);
  return rows[0] === undefined ? null : read<Payment>(rows[0]);
}

/** How long whoever asks the provider has it to themselves: longer than the provider may take to answer. */
export const ASKING_SECONDS = 60;

/**
 * Takes it on oneself to ask the provider about a payment that is not settled. Null when somebody else did within the last minute, or when there is nothing to ask;
 * what waits for its cardholder may be looked for at any time. It only spares the provider double work: what it does for a payment id, it does once.
 */
export async function claimPayment(tx: EntityManager, id: string, now: Date): Promise<Payment | null> {
  const payment = await lockPayment(tx, id);
  if (payment === null || payment.settledAt !== null) return null;
  const free = new Date(now.getTime() - ASKING_SECONDS * 1_000);
  if (payment.state === 'PENDING' && payment.askedAt !== null && payment.askedAt > free) return null;
  await tx.query('update payment set asked_at = $2 where id = $1', [id, now]);
  return payment;
}

/** Ids of unsettled payments that nobody asks about: recorded and never asked for, or asked for more than a minute ago. The longest waiting first. */
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
  await tx.query(
    `update payment set state = $2, decline = $3, action_url = $4, reference = $5, action_since = $6, settled_at = $7 where id = $1`,
    [id, step.state, step.decline, step.actionUrl, step.reference, step.actionSince, step.settledAt],
  );
}

/** Row-level security decides which of them exist for this viewer, here and below. */
export async function loadPayments(tx: EntityManager, ids: readonly string[]): Promise<ShownPayment[]> {
  const rows: Raw<ShownPayment>[] = await tx.query(`select ${SHOWN} from payment p where p.id = any($1)`, [ids]);
  return rows.map((row) => read<ShownPayment>(row));
}

/** One page per profile of its payments, newest first. */
export async function loadPaymentPages(
  tx: EntityManager,
  profileIds: readonly string[],
  page: Page,
): Promise<ShownPayment[]> {
  return await pages(tx, 'p.profile_id = wanted.id', profileIds, page);
}

/** One page per invoice of the payments that were asked for it, newest first. */
export async function loadInvoicePaymentPages(
  tx: EntityManager,
  invoiceIds: readonly string[],
  page: Page,
): Promise<ShownPayment[]> {
  return await pages(tx, `p.purpose = 'INVOICE' and p.purpose_id = wanted.id`, invoiceIds, page);
}

async function pages(tx: EntityManager, of: string, ids: readonly string[], page: Page): Promise<ShownPayment[]> {
  const [createdAt, id] = page.after ?? [null, null];
  const rows: Raw<ShownPayment>[] = await tx.query(
    `select found.* from unnest($1::uuid[]) as wanted (id)
     cross join lateral (
       select ${SHOWN} from payment p
       where ${of} and ($2::timestamptz is null or (p.created_at, p.id) < ($2, $3::uuid))
       order by p.created_at desc, p.id desc limit $4
     ) as found`,
    [ids, createdAt, id, page.first + 1],
  );
  return rows.map((row) => read<ShownPayment>(row));
}
