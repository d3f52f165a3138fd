import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { expect } from '@jest/globals';
import { type CollectDeps, collect, collectDepsOf } from '../collecting/payments/collect.ts';
import type { Payment } from '../collecting/payments/paymentTables.ts';
import type { BillingProfile } from '../collecting/profiles/profileTables.ts';
import { type TestProvider, testProvider } from '../collecting/provider/testProvider.ts';
import { renewals } from '../selling/subscriptions/renewals.ts';
import { type InvoiceFixture, startInvoices } from './invoiceFixture.ts';

type Answer = any;

export const AMOUNTS = `listValue { amount } migrationDiscount { amount } resellerDiscount { amount } perCycle { amount } prorated { amount }
  prepaidApplied { amount } dueToday { amount } taxToday { amount } chargedToday { amount }`;
export const QUOTE = `id kind direction state token expiresAt ${AMOUNTS} lines { kind description amount { amount } from to }
  payment { id state actionUrl } invoice { id kind net { amount } tax { amount } gross { amount } outstanding { amount } }`;
export const SUBSCRIPTION = `id status terms { plan kind contacts frequency addOns limits { item value custom } } perCycle { amount } anchor periodFrom
  periodTo timeZone renewsOn endsOn cancelledAt disabledAt profile { id } availableActions { action allowed rule deadline }`;

export type SubscriptionFixture = InvoiceFixture & {
  provider: TestProvider;
  deps: CollectDeps;
  /** A payer with a profile and a card. */
  payer(of?: { token?: string | null; taxBasisPoints?: number; accountId?: string; currency?: string }): Promise<Payer>;
  /** Lets the payer's account act for the client's billing. */
  partner(holderId: string, clientId: string, until?: string | null): Promise<void>;
  zone(accountId: string, timeZone: string): Promise<void>;
  /** Sends an operation with an input; expects no errors, gives its one field. */
  ask(operation: string, input: object, viewer: Viewer): Promise<Answer>;
  /** A quote that is given. */
  quoted(operation: string, input: object, viewer: Viewer): Promise<Answer>;
  commit(token: string, viewer: Viewer, key?: string): Promise<Answer>;
  /** Asks for a quote and commits it at once; expects both to go well. */
  done(operation: string, input: object, viewer: Viewer): Promise<Answer>;
  subscriptionOf(accountId: string, viewer: Viewer): Promise<Answer>;
  /** One round of renewals, as the background runs it. */
  renew(): Promise<number>;
  /** Has the provider asked for a payment. */
  collect(paymentId: string): Promise<Payment>;
  /** Has the provider asked for every payment about an account's invoices that waits. */
  payOpen(accountId: string): Promise<void>;
  /** Invoices and credit notes about an account, oldest first. */
  invoicesOf(
    accountId: string,
  ): Promise<{ kind: string; net: number; tax: number; gross: number; paid: number; reference: string }[]>;
};

export type Payer = { accountId: string; viewer: ReturnType<typeof personViewer>; profile: BillingProfile };

export const PLUS = { priceVersion: 'V3', product: 'MARKETING', plan: 'PLUS', contacts: 1000, frequency: 'MONTHLY' };

const inputOf = (operation: string): string => `${operation[0]?.toUpperCase()}${operation.slice(1)}Input`;

/** Billing with a clock and a card provider of its own, quotes and subscriptions worked on through the graph. */
export async function startSubscriptions(options: { system?: number } = {}): Promise<SubscriptionFixture> {
  const provider = testProvider();
  const fixture = await startInvoices({ ...options, config: { payments: provider } });
  const { admin, work, execute } = fixture;

  const ask: SubscriptionFixture['ask'] = async (operation, input, viewer) => {
    const selected = operation.endsWith('Quote')
      ? `quote { ${QUOTE} } userErrors { code message field rule }`
      : operation === 'quoteCommit'
        ? `quote { ${QUOTE} } was { ${AMOUNTS} } is { ${AMOUNTS} } userErrors { code message field rule }`
        : `subscription { ${SUBSCRIPTION} } userErrors { code message field rule }`;
    const query = `mutation ($input: ${inputOf(operation)}!) { ${operation}(input: $input) { ${selected} } }`;
    const { data, errors } = await execute(query, { input }, viewer);
    expect(errors).toBeUndefined();
    return (data as Answer)[operation];
  };
  const commit: SubscriptionFixture['commit'] = (token, viewer, idempotencyKey = newId()) =>
    ask('quoteCommit', { token, idempotencyKey }, viewer);
  const quoted: SubscriptionFixture['quoted'] = async (operation, input, viewer) => {
    const { quote, userErrors } = await ask(operation, input, viewer);
    expect(userErrors).toEqual([]);
    return quote;
  };
  /** As accounts has an account opened: its TRACKER wallet is there from the beginning. */
  const open = async (accountId: string): Promise<void> => {
    await admin.query(
      `insert into wallet (id, account_id, kind, balance) values ($1, $2, 'TRACKER', 0) on conflict do nothing`,
      [newId(), accountId],
    );
  };
  const deps = collectDepsOf(work as Parameters<typeof collectDepsOf>[0], newId(), fixture.config);
  return {
    ...fixture,
    provider,
    deps,
    ask,
    quoted,
    commit,
    async done(operation, input, viewer) {
      const { token } = await quoted(operation, input, viewer);
      const { quote, userErrors } = await commit(token, viewer);
      expect(userErrors).toEqual([]);
      expect(quote.state).toBe('COMMITTED');
      return quote;
    },
    async payer({ token = 'tok_approved', taxBasisPoints = 2_000, accountId = newId(), currency = 'EUR' } = {}) {
      await open(accountId);
      const profile = await fixture.profile({ accountId, taxBasisPoints, currency });
      if (token !== null) {
        await admin.query(
          `update billing_profile set card_customer = $1, card_method = $2, card_brand = 'test', card_last_four = '4242', card_expiry_month = 12,
                                      card_expiry_year = 2099 where id = $3`,
          [`test_${profile.id}`, token, profile.id],
        );
      }
      return { accountId, viewer: personViewer({ accountId }), profile };
    },
    async partner(holderId, clientId, until = null) {
      await open(clientId);
      await admin.query(
        `insert into access.reach (holder, account, area, verb, valid, partnership_id)
         select $1, $2, 'BILLING', verb, tstzrange('2020-01-01', $3), $4 from unnest('{READ,WRITE}'::text[]) as verb`,
        [holderId, clientId, until, newId()],
      );
    },
    async zone(accountId, timeZone) {
      await admin.query(
        'insert into access.account_zone values ($1, $2) on conflict (account) do update set time_zone = excluded.time_zone',
        [accountId, timeZone],
      );
    },
    async subscriptionOf(accountId, viewer) {
      const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Account { subscription { ${SUBSCRIPTION}
        history(first: 50) { nodes { kind periodFrom periodTo perCycle { amount } quote { id } invoice { id } } } } } } }`;
      const { data, errors } = await execute(query, { of: [{ __typename: 'Account', id: accountId }] }, viewer);
      expect(errors).toBeUndefined();
      return (data as Answer)._entities[0].subscription;
    },
    renew: () => renewals(fixture.config).run(work as JobContext, newId()),
    collect: (paymentId) => collect(deps, paymentId),
    async payOpen(accountId) {
      const { rows } = await admin.query(
        `select p.id from payment p join invoice i on i.id = p.purpose_id where i.account_id = $1 and p.settled_at is null`,
        [accountId],
      );
      for (const { id } of rows) await collect(deps, id);
    },
    async invoicesOf(accountId) {
      const { rows } = await admin.query(
        `select i.kind, i.net::integer, i.tax::integer, i.gross::integer, coalesce(st.paid, 0)::integer as paid, i.reference
         from invoice i left join invoice_state st on st.invoice_id = i.id
         where i.account_id = $1 order by i.issued_at, i.id`,
        [accountId],
      );
      return rows;
    },
  };
}

/** Moves the clock. */
export function at(fixture: Pick<SubscriptionFixture, 'clock'>, instant: string): void {
  fixture.clock.set(new Date(instant));
}

/** The codes of a payload's user errors. */
export const codes = ({ userErrors }: { userErrors: { code: string }[] }): string[] =>
  userErrors.map(({ code }) => code);
