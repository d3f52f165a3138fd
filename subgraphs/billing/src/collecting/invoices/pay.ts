import type { EntityManager } from 'typeorm';
import { moneyKind } from '../../books/ledger/kinds.ts';
import { type Leg, post } from '../../books/ledger/post.ts';
import { lesser, type Money } from '../../books/money/money.ts';
import { legIn, lockMoneyWallets, openMoneyWallet } from '../prepaid/moneyWallets.ts';
import { lockHold, settleHold } from '../prepaid/prepaid.ts';
import { countPaid, lockState } from './invoiceState.ts';
import { findInvoice } from './invoiceStore.ts';
import { InvoicePaymentTable, InvoiceStateTable } from './invoiceTables.ts';

/**
 * Books a card payment that the provider approved on an invoice, once. What comes in beyond what is still owed - a
 * credit note may have taken back the invoice while the card was being charged - becomes prepaid money of the profile,
 * kept for the account that the invoice is about.
 */
export async function payByCard(
  tx: EntityManager,
  invoiceId: string,
  payment: { id: string; amount: Money },
  now: Date,
): Promise<void> {
  const { id: paymentId, amount } = payment;
  const { profileId, payerId, currency, accountId } = await findInvoice(tx, invoiceId);
  // Wallets before what is paid of an invoice, as everywhere, though they are seldom needed.
  const wallet = { profileId, payerId, currency, earmarkId: accountId };
  if (amount.minor > (await outstandingOf(tx, invoiceId))) await openMoneyWallet(tx, wallet);
  else await lockMoneyWallets(tx, { profileId, currency, earmarkIds: [accountId] });
  const state = await lockState(tx, invoiceId);
  const { invoice } = state;
  if (amount.currency !== invoice.currency) throw new TypeError(`The invoice is in ${invoice.currency}.`);
  const owed = invoice.gross - state.paid;
  const paid = lesser(amount.minor, owed);
  const beyond = amount.minor - paid;

  const kind = moneyKind(invoice.currency);
  const legs: Leg[] = [{ kind, amount: -amount.minor, book: `card:${kind}` }];
  if (paid > 0n) legs.push({ kind, amount: paid, book: `receivable:${kind}` });
  if (beyond > 0n) {
    const walletId = await openMoneyWallet(tx, wallet);
    legs.push(legIn(walletId, currency, beyond).leg);
  }
  const cause = { invoiceId, paymentId, profileId: invoice.profileId };
  const transactionId = await post(tx, { type: 'PAYMENT', reference: `payment:${paymentId}`, cause, legs }, now);
  if (transactionId === null || paid === 0n) return;
  await countPaid(tx, state, { source: 'CARD', sourceId: paymentId, amount: paid, transactionId, now });
}

/**
 * Pays an invoice with prepaid money that was set aside, all of it, once. Throws when the invoice owes less than that,
 * or the money was given back.
 */
export async function payFromHold(tx: EntityManager, invoiceId: string, holdId: string, now: Date): Promise<void> {
  const hold = await lockHold(tx, holdId);
  if (hold === null) {
    if (await tx.existsBy(InvoicePaymentTable, { source: 'PREPAID', sourceId: holdId, invoiceId })) return;
    throw new Error(`The hold ${holdId} was given back or paid something else.`);
  }
  const state = await lockState(tx, invoiceId);
  const { invoice } = state;
  const sameProfile = hold.profileId === invoice.profileId && hold.currency === invoice.currency;
  if (!sameProfile) throw new Error(`The hold ${holdId} is of another profile than the invoice ${invoice.number}.`);
  if (hold.amount > invoice.gross - state.paid) throw new RangeError(`${invoice.number} owes less than was set aside.`);

  const kind = moneyKind(hold.currency);
  const transactionId = await post(
    tx,
    {
      type: 'PAYMENT',
      reference: `hold-used:${holdId}`,
      cause: { invoiceId, holdId, profileId: invoice.profileId },
      legs: [
        { kind, amount: -hold.amount, book: `held:${kind}` },
        { kind, amount: hold.amount, book: `receivable:${kind}` },
      ],
    },
    now,
  );
  if (transactionId === null) throw new Error(`The hold ${holdId} was used before.`);
  await settleHold(tx, holdId, 'USED', now);
  await countPaid(tx, state, { source: 'PREPAID', sourceId: holdId, amount: hold.amount, transactionId, now });
}

/** What is still owed of an invoice, in the smallest unit of its currency; 0 of a credit note. */
export async function outstandingOf(tx: EntityManager, invoiceId: string): Promise<bigint> {
  const state = await tx.findOneBy(InvoiceStateTable, { invoiceId });
  return state === null ? 0n : state.gross - state.paid;
}
