import type { Services } from '@comptoir/shared/protocol/services.ts';
import type { Clock } from '@comptoir/shared/values/clock.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type SubgraphFixture, startSubgraph } from '@comptoir/testing/subgraphFixture.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { expect } from '@jest/globals';
import type { BillingConfig } from '../config.ts';
import { billing } from '../schema.ts';
import { testConfig } from './testConfig.ts';

export const WALLETS_OPEN =
  'mutation ($input: InternalWalletsOpenInput!) { internalWalletsOpen(input: $input) { accountId } }';
export const CHARGES_APPLY = `mutation ($input: InternalChargesApplyInput!) {
  internalChargesApply(input: $input) { results { eventId chargeId refusal } } }`;

export type Answer = any;

export type ChargeAsked = {
  eventId: string;
  payerId: string;
  ownerId: string;
  trackerId: string;
  credits: number;
  occurredAt: string;
};

export type BillingFixture = SubgraphFixture & {
  /** Opens a new account's wallet, with the welcome credits unless said otherwise. */
  openAccount(options?: { grant?: boolean }): Promise<string>;
  /** Asks for charges as trackers does, and expects an answer without errors. */
  apply(...charges: ChargeAsked[]): Promise<{ eventId: string; chargeId: string | null; refusal: string | null }[]>;
  /** Adds a lot to an account's wallet, in the books too, past every rule. */
  addLot(accountId: string, lot: Partial<LotAsked> & { credits: number }): Promise<string>;
  /** What the books say now, as text, to see that nothing was written. */
  bookSizes(): Promise<string>;
  balanceOf(accountId: string): Promise<number>;
};

type LotAsked = { priority: number; source: string; grantedAt: Date; expiresAt: Date | null };

/** A charge of 1 for a new event of a tracker of the payer's own. */
export const eventFor = (payerId: string, of: Partial<ChargeAsked> = {}): ChargeAsked => ({
  eventId: newId(),
  payerId,
  ownerId: payerId,
  trackerId: newId(),
  credits: 1,
  occurredAt: '2026-11-22T10:00:00.000Z',
  ...of,
});

export async function startBilling({
  config,
  ...options
}: {
  clock?: Clock;
  services?: Services;
  config?: Partial<BillingConfig>;
} = {}): Promise<BillingFixture> {
  const fixture = await startSubgraph(billing(await testConfig(config)), options);
  const { admin } = fixture;

  return {
    ...fixture,
    async openAccount({ grant = true } = {}) {
      const accountId = newId();
      const { errors } = await fixture.execute(
        WALLETS_OPEN,
        { input: { accountId, grant } },
        serviceViewer('identity'),
      );
      expect(errors).toBeUndefined();
      return accountId;
    },
    async apply(...charges) {
      const { data, errors } = await fixture.execute(CHARGES_APPLY, { input: { charges } }, serviceViewer('trackers'));
      expect(errors).toBeUndefined();
      return (data as Answer).internalChargesApply.results;
    },
    async addLot(accountId, { credits, priority = 0, source = 'GRANTED', grantedAt = new Date(), expiresAt = null }) {
      const [lotId, transactionId] = [newId(), newId()];
      const { rows } = await admin.query(`select id from wallet where account_id = $1 and kind = 'TRACKER'`, [
        accountId,
      ]);
      const walletId = rows[0].id;
      await admin.query('begin');
      await admin.query('insert into lot values ($1, $2, $3, $4, $5, $6, $7, $7)', [
        lotId,
        walletId,
        source,
        priority,
        grantedAt,
        expiresAt,
        credits,
      ]);
      await admin.query('update wallet set balance = balance + $2 where id = $1', [walletId, credits]);
      await admin.query(`insert into ledger_transaction values ($1, 'GRANT', null, $2, '{}')`, [
        transactionId,
        grantedAt,
      ]);
      await admin.query(
        `insert into ledger_entry values ($1, $2, $3, $4, null, $5, 'TRACKER', $6), ($7, $2, $3, null, 'issued:TRACKER', null, 'TRACKER', -$6::bigint)`,
        [newId(), transactionId, grantedAt, walletId, lotId, credits, newId()],
      );
      await admin.query(
        'insert into credit_movement (wallet_id, booked_at, transaction_id, credits) values ($1, $2, $3, $4)',
        [walletId, grantedAt, transactionId, credits],
      );
      await admin.query('commit');
      return lotId;
    },
    async bookSizes() {
      const { rows } = await admin.query(
        `select (select count(*) from ledger_transaction) || ' transactions, ' || (select count(*) from ledger_entry) || ' entries, ' ||
                (select count(*) from charge) || ' charges, ' || (select coalesce(sum(balance), 0) from wallet) || ' credits' as sizes`,
      );
      return rows[0].sizes;
    },
    async balanceOf(accountId) {
      const { rows } = await admin.query(
        `select w.balance::integer as balance, (select coalesce(sum(remaining), 0)::integer from lot where wallet_id = w.id) as left
         from wallet w where account_id = $1 and kind = 'TRACKER'`,
        [accountId],
      );
      expect(rows[0].balance).toBe(rows[0].left);
      return rows[0].balance;
    },
  };
}
