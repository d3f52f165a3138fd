import { newId } from '@comptoir/shared/values/uuid.ts';
import { issueCreditNote } from '../collecting/invoices/creditNote.ts';
import { issueInvoice } from '../collecting/invoices/issue.ts';
import { payFromHold } from '../collecting/invoices/pay.ts';
import { holdPrepaid, releaseHold, topUpPrepaid } from '../collecting/prepaid/prepaid.ts';
import type { BillingProfile } from '../collecting/profiles/profileTables.ts';
import type { ChargeAsked } from './billingFixture.ts';
import { addProfile, type BooksFixture, giveCredits, moveCredits, openWallet } from './booksFixture.ts';

const eventOf = (payerId: string, credits: number): ChargeAsked => ({
  eventId: newId(),
  payerId,
  ownerId: payerId,
  trackerId: newId(),
  credits,
  occurredAt: '2026-11-22T09:59:00.000Z',
});

/**
 * Books some of everything, `times` over, each time for new accounts: grants, charges of one lot and of two, an
 * allocation, prepaid money paid in, held and released.
 */
export async function makeVariedBooks(books: BooksFixture, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const [accountId, otherId] = [newId(), newId()];
    const [walletId, otherWalletId] = [await openWallet(books, accountId), await openWallet(books, otherId)];
    await giveCredits(books, { walletId, credits: 3n, expiresAt: new Date(books.clock.now().getTime() + 86_400_000) });
    await giveCredits(books, { walletId, credits: 50n });
    const charges = [eventOf(accountId, 5), eventOf(accountId, 1), eventOf(accountId, 2)];
    await books.chargeEvents(charges);
    await moveCredits(books, walletId, otherWalletId, 7n);
    const profile = await addProfile(books, accountId);
    await books.system(async (tx, now) => {
      const paymentId = newId();
      await topUpPrepaid(tx, { profile, earmarkId: null, amount: 1_234n, paymentId, reference: paymentId, now });
    });
    await books.system(async (tx, now) => {
      const quoteId = newId();
      const hold = await holdPrepaid(tx, {
        profile,
        accountId,
        amount: 34n,
        reference: quoteId,
        cause: { quoteId },
        now,
      });
      if ('id' in hold) await releaseHold(tx, hold.id, now);
    });
    await sell(books, profile);
  }
}

/** An invoice that prepaid money pays, and a credit note for half of it. */
async function sell(books: BooksFixture, profile: BillingProfile): Promise<void> {
  const { accountId } = profile;
  const line = { kind: 'PLAN' as const, description: 'A plan', quantity: 1, from: '2026-11-22', to: '2026-12-22' };
  await books.system(async (tx, now) => {
    const quoteId = newId();
    const hold = await holdPrepaid(tx, {
      profile,
      accountId,
      amount: 120n,
      reference: quoteId,
      cause: { quoteId },
      now,
    });
    const lines = [{ ...line, amount: 100n }];
    const invoice = await issueInvoice(tx, { profile, accountId, lines, reference: quoteId, quoteId, now });
    if (!('id' in hold) || invoice === null) throw new Error('The sale was refused.');
    await payFromHold(tx, invoice.id, hold.id, now);
    const back = { lines: [{ ...line, kind: 'UNUSED' as const, amount: -50n }], corrects: invoice.id };
    await issueCreditNote(tx, { profile, accountId, ...back, reference: newId(), to: 'PREPAID', earmarkId: null, now });
  });
}
