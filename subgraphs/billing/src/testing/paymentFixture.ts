import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { until } from '@comptoir/testing/until.ts';
import type { InvoiceRow } from '../collecting/invoices/invoiceTables.ts';
import { type CollectDeps, collectDepsOf, reconcile } from '../collecting/payments/collect.ts';
import { collectInvoice, dueAttempts } from '../collecting/payments/dunning.ts';
import { findPayment } from '../collecting/payments/paymentStore.ts';
import type { Payment } from '../collecting/payments/paymentTables.ts';
import { findProfile } from '../collecting/profiles/profileStore.ts';
import type { BillingProfile } from '../collecting/profiles/profileTables.ts';
import type { PaymentProvider } from '../collecting/provider/provider.ts';
import { type TestProvider, testProvider } from '../collecting/provider/testProvider.ts';
import { type InvoiceFixture, startInvoices } from './invoiceFixture.ts';

export type PaymentFixture<Provider extends PaymentProvider = TestProvider> = InvoiceFixture & {
  provider: Provider;
  deps: CollectDeps;
  /** A profile with a card of that token; without one, without a card. */
  payer(token: string | null): Promise<BillingProfile>;
  /** The profile as it is now. */
  again(profile: BillingProfile): Promise<BillingProfile>;
  /** An invoice of 100.00 and 20 % of tax that is being collected, as a renewal does it. */
  collecting(
    profile: BillingProfile,
    of?: { accountId?: string },
  ): Promise<{ invoice: InvoiceRow; payment: Payment | null }>;
  payment(id: string): Promise<Payment>;
  /** Payments of an invoice, in order. */
  attempts(invoiceId: string): Promise<Payment[]>;
  owed(invoiceId: string): Promise<number>;
  /** What the background does: one round of each. */
  rounds(): Promise<void>;
  pass(time: { days?: number; hours?: number; minutes?: number; seconds?: number }): void;
  /** Until a statement waits for a lock; throws after two seconds. */
  untilWaiting(): Promise<void>;
  /** Notices that were queued for an account, in order. */
  notices(accountId: string): Promise<{ kind: string; params: Record<string, string>; accounts?: object }[]>;
};

/** Invoices that are collected by card: profiles, payments, dunning; with the graph or without. */
export async function startPayments(options?: { graph?: boolean }): Promise<PaymentFixture>;
export async function startPayments<Provider extends PaymentProvider>(options: {
  provider: Provider;
  graph?: boolean;
}): Promise<PaymentFixture<Provider>>;
export async function startPayments({
  provider = testProvider(),
  graph = false,
}: {
  provider?: PaymentProvider;
  graph?: boolean;
} = {}): Promise<PaymentFixture<PaymentProvider>> {
  const books = await startInvoices({ graph, config: { payments: provider } });
  const { admin, system, clock } = books;
  const work = books.work as JobContext;
  return {
    ...books,
    provider,
    deps: collectDepsOf(work, newId(), books.config),
    async payer(token) {
      const profile = await books.profile();
      if (token !== null)
        await admin.query(
          `update billing_profile set card_customer = $2, card_method = $3, card_brand = 'test', card_last_four = '4242',
             card_expiry_month = 12, card_expiry_year = 2099 where id = $1`,
          [profile.id, `test_${profile.id}`, token],
        );
      return (await system((tx) => findProfile(tx, profile.id))) as BillingProfile;
    },
    again: async ({ id }) => (await system((tx) => findProfile(tx, id))) as BillingProfile,
    async collecting(profile, of = {}) {
      const invoice = await books.invoice(profile, 10_000n, of);
      const payment = await system((tx, now) =>
        collectInvoice(tx, { invoice, profile, now, cards: books.config.payments }),
      );
      return { invoice, payment };
    },
    payment: async (id) => (await system((tx) => findPayment(tx, id))) as Payment,
    async attempts(invoiceId) {
      const { rows } = await admin.query('select id from payment where purpose_id = $1 order by created_at, id', [
        invoiceId,
      ]);
      return await system(async (tx) => {
        const found: Payment[] = [];
        for (const { id } of rows) found.push((await findPayment(tx, id)) as Payment);
        return found;
      });
    },
    async owed(invoiceId) {
      const { rows } = await admin.query('select gross - paid as owed from invoice_state where invoice_id = $1', [
        invoiceId,
      ]);
      return Number(rows[0].owed);
    },
    async rounds() {
      for (const round of [dueAttempts(books.config), reconcile(books.config)]) await round.run(work, newId());
    },
    pass({ days = 0, hours = 0, minutes = 0, seconds = 0 }) {
      clock.set(new Date(clock.now().getTime() + (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000));
    },
    async untilWaiting() {
      await until(async () => {
        const { rows } = await admin.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      }, 'somebody to wait for a lock');
    },
    async notices(accountId) {
      const { rows } = await admin.query(
        `select data from billing_jobs.job where name = 'notice' and data->>'accountId' = $1 order by id`,
        [accountId],
      );
      return rows.map(({ data: { kind, params, accounts } }) => ({ kind, params, ...(accounts && { accounts }) }));
    },
  };
}
