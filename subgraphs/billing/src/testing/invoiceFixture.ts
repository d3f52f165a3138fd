import { newId } from '@comptoir/shared/values/uuid.ts';
import { expect } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { findProblems, readChecks } from '../books/ledger/ledgerCheck.ts';
import type { InvoiceRow } from '../collecting/invoices/invoiceTables.ts';
import { type InvoiceDraft, issueInvoice } from '../collecting/invoices/issue.ts';
import { payFromHold } from '../collecting/invoices/pay.ts';
import type { Payment } from '../collecting/payments/paymentTables.ts';
import { topUpPrepaid } from '../collecting/prepaid/prepaid.ts';
import { findProfile } from '../collecting/profiles/profileStore.ts';
import type { BillingProfile } from '../collecting/profiles/profileTables.ts';
import type { InvoiceLineDraft } from '../pricing/prices/invoiceLine.ts';
import { type BooksFixture, openBooks } from './booksFixture.ts';

export type InvoiceFixture = BooksFixture & {
  profile(of?: { accountId?: string; currency?: string; taxBasisPoints?: number }): Promise<BillingProfile>;
  /** An invoice of one line about an account, issued at the clock. */
  invoice(profile: BillingProfile, net: bigint, of?: Partial<InvoiceDraft>): Promise<InvoiceRow>;
  topUp(
    profile: BillingProfile,
    amount: bigint,
    earmarkId?: string | null,
  ): Promise<{ walletId: string; lotId: string }>;
  /** A payment that the provider approved, recorded as such. */
  approved(profile: BillingProfile, minor: bigint, purposeId: string): Promise<Payment>;
  /** A payment that is under way for a purpose: what a hold waits for. */
  underWay(profile: BillingProfile, purposeId: string): Promise<string>;
  /** Pays an invoice with prepaid money that was set aside. */
  payFromHold(invoiceId: string, holdId: string): Promise<void>;
  /** What the profile's wallets hold, by account that it is kept for; '' is what is free. */
  prepaidOf(profile: BillingProfile): Promise<Record<string, number>>;
  problems(): Promise<string[]>;
};

export const line = (amount: bigint, of: Partial<InvoiceLineDraft> = {}): InvoiceLineDraft => ({
  kind: 'PLAN',
  description: 'PLUS, 2,500 contacts, monthly',
  quantity: 1,
  amount,
  from: null,
  to: null,
  ...of,
});

/** Billing with profiles, invoices and prepaid money, worked on as operations do it. */
export async function startInvoices(options: Parameters<typeof openBooks>[0] = {}): Promise<InvoiceFixture> {
  const books = await openBooks(options);
  const { admin, system } = books;
  // One client answers one query at a time.
  let queue: Promise<unknown> = Promise.resolve();
  const addPayment = async (
    profile: BillingProfile,
    payment: { minor: bigint; purposeId: string; state: 'APPROVED' | 'PENDING' },
  ): Promise<string> => {
    const id = newId();
    const settled = payment.state === 'APPROVED';
    queue = queue.then(() =>
      admin.query(
        `insert into payment (id, profile_id, account_id, currency, amount_minor, purpose, purpose_id, customer, method, description, present, state,
                            created_at, settled_at)
       values ($1, $2, $3, $4, $5, 'INVOICE', $6, 'cus', 'pm', 'A test', true, $7, $8, $9)`,
        [
          id,
          profile.id,
          profile.accountId,
          profile.currency,
          payment.minor,
          payment.purposeId,
          payment.state,
          books.clock.now(),
          settled ? books.clock.now() : null,
        ],
      ),
    );
    await queue;
    return id;
  };
  return {
    ...books,
    async profile({ accountId = newId(), currency = 'EUR', taxBasisPoints = 2_000 } = {}) {
      const id = newId();
      await admin.query(
        `insert into billing_profile (id, account_id, name, currency, email, legal_name, address_lines, country, vat_id, tax_basis_points, created_at)
         values ($1, $2, 'Main', $3, 'ada@example.com', 'Ada SARL', '{1 rue de la Paix,75002 Paris}', 'FR', 'FR12345678901', $4, $5)`,
        [id, accountId, currency, taxBasisPoints, books.clock.now()],
      );
      return (await system((tx) => findProfile(tx, id))) as BillingProfile;
    },
    async invoice(profile, net, of = {}) {
      const draft = { profile, accountId: profile.accountId, lines: [line(net)], reference: newId(), ...of };
      return (await system((tx, now) => issueInvoice(tx, { now, ...draft }))) as InvoiceRow;
    },
    async topUp(profile, amount, earmarkId = null) {
      const work = (tx: EntityManager, now: Date) =>
        topUpPrepaid(tx, { profile, earmarkId, amount, paymentId: newId(), reference: newId(), now });
      return (await system(work)) as { walletId: string; lotId: string };
    },
    async approved(profile, minor, purposeId) {
      const id = await addPayment(profile, { minor, purposeId, state: 'APPROVED' });
      const { currency } = profile;
      return { id, profileId: profile.id, purpose: 'INVOICE', purposeId, amount: { minor, currency } } as Payment;
    },
    underWay: (profile, purposeId) => addPayment(profile, { minor: 1n, purposeId, state: 'PENDING' }),
    payFromHold: (invoiceId, holdId) => system((tx, now) => payFromHold(tx, invoiceId, holdId, now)),
    async prepaidOf(profile) {
      const { rows } = await admin.query(
        `select coalesce(earmark_id::text, '') as "earmarkId", balance::integer as balance from wallet where profile_id = $1`,
        [profile.id],
      );
      return Object.fromEntries(rows.map(({ earmarkId, balance }) => [earmarkId, balance]));
    },
    async problems() {
      const problems = await system((tx) => findProblems(tx, readChecks()));
      return problems.map(({ check, detail }) => `${check}: ${detail}`);
    },
  };
}

/** The books are sound, by every check. */
export async function expectSound(fixture: InvoiceFixture): Promise<void> {
  expect(await fixture.problems()).toEqual([]);
}
