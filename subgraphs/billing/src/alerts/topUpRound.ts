import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { notify } from '../base/notify.ts';
import { collectDepsOf } from '../collecting/payments/collect.ts';
import { amountText } from '../collecting/payments/paymentNotices.ts';
import { findProfile } from '../collecting/profiles/profileStore.ts';
import type { ComposedConfig } from '../config.ts';
import { type CreditsBuyInput, creditsBuy, grossOf } from '../selling/credits/creditsBuyKind.ts';
import { commitAsSystem } from '../selling/quotes/commitAsSystem.ts';
import { limitConcurrency } from './limitConcurrency.ts';
import { endOfMonth, fitsUnderCap, monthOf } from './topUp.ts';
import {
  addPurchase,
  endPurchase,
  findTopUpsDue,
  type HeldTopUp,
  loadSpentThisMonth,
  lockTopUp,
  markCapped,
  stopTopUp,
} from './topUpStore.ts';
import type { Purchase, TopUp } from './topUpTables.ts';

/**
 * Of one round. What is low is bought for all at once, so that a payment provider that does not answer holds the other
 * rounds up for one time-out and not for twenty.
 */
const MAX_PER_ROUND = { underWay: 100, low: 20 };
const MAX_TRANSACTIONS = 2;

/**
 * Fills up wallets that are low (N17). A purchase is written down first, under the wallet's top-up lock: one at a time,
 * and it counts for the cap. Then it is made through a quote whose reference is the purchase's id, so that killed at
 * any moment, or in two rounds at once, it is made once. What is refused stops the top-up.
 */
export const topUps = (config: ComposedConfig): Round => ({
  title: 'automatic top-ups followed up',
  async run(context, requestId) {
    // All may wait for the provider at once, but not for connections: requests need those too.
    const turn = limitConcurrency(MAX_TRANSACTIONS);
    const work: JobContext = { ...context, system: (id, unit) => turn(() => context.system(id, unit)) };
    const now = work.clock.now();
    const due = await work.system(requestId, (tx) => findTopUpsDue(tx, now, MAX_PER_ROUND));
    const done = await Promise.allSettled(due.map((walletId) => topUp(work, requestId, config, walletId)));
    const failed = done.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return done.reduce((sum, one) => sum + (one.status === 'fulfilled' ? one.value : 0), 0);
  },
});

type Claimed = { topUp: TopUp; purchase: Purchase };

/** Returns 1 when a purchase came to its end, or nothing could be bought and somebody was told. */
async function topUp(work: JobContext, requestId: string, config: ComposedConfig, walletId: string): Promise<number> {
  const now = work.clock.now();
  const claimed = await work.system(requestId, (tx) => claim(tx, walletId, now));
  if (claimed === null || claimed === 'TOLD') return claimed === null ? 0 : 1;
  const { topUp: held, purchase } = claimed;
  const outcome = await commitAsSystem(collectDepsOf(work, requestId, config), {
    kind: 'CREDITS_BUY',
    input: inputOf(held, purchase.amount),
    reference: `top-up:${purchase.id}`,
    now,
  });
  // A payment whose answer is still open: looked at again in the next round.
  if (!(outcome instanceof Refusal) && outcome.state === 'PAYING') return 0;
  const failure = outcome instanceof Refusal ? outcome.code : null;
  await work.system(requestId, (tx) => end(tx, claimed, failure, now));
  return 1;
}

const inputOf = ({ profileId, packId, quantity }: TopUp, atMost: bigint): CreditsBuyInput => ({
  profileId,
  packId,
  quantity,
  atMost: String(atMost),
});

/** The purchase that is to be made or gone on with; null when there is none. */
async function claim(tx: EntityManager, walletId: string, now: Date): Promise<Claimed | 'TOLD' | null> {
  const held = await lockTopUp(tx, walletId, now);
  if (held === null) return null;
  if (held.underWay !== null) return { topUp: held, purchase: held.underWay };
  const capped = held.cappedUntil !== null && held.cappedUntil.getTime() > now.getTime();
  if (!held.active || capped || held.spendable >= held.below) return null;
  const amount = await costOf(tx, held, now);
  if (amount instanceof Refusal) {
    await stop(tx, held, amount.code, null);
    return 'TOLD';
  }
  const month = monthOf(now, held.zone);
  const [spent] = await loadSpentThisMonth(tx, [walletId], now);
  if (!fitsUnderCap({ cap: held.monthlyCap, spent: spent?.spent ?? 0n, amount })) {
    await tellCapped(tx, held, now);
    return 'TOLD';
  }
  return { topUp: held, purchase: await addPurchase(tx, held, { month, amount, now }) };
}

/** What one purchase costs now, with tax. */
async function costOf(tx: EntityManager, held: TopUp, now: Date): Promise<bigint | Refusal> {
  const { profileId, packId, quantity } = held;
  const offer = await creditsBuy.offer(tx, { profileId, packId, quantity }, { now, lock: false });
  if (offer instanceof Refusal) return offer;
  const profile = await findProfile(tx, profileId);
  return grossOf(offer.prorated, profile?.taxBasisPoints ?? 0);
}

async function end(
  tx: EntityManager,
  { topUp: { walletId }, purchase }: Claimed,
  failure: string | null,
  now: Date,
): Promise<void> {
  const held = await lockTopUp(tx, walletId, now);
  if (held === null || !(await endPurchase(tx, purchase.id, failure, now))) return;
  const amount = amountText({ minor: purchase.amount, currency: purchase.currency });
  if (failure !== null) return await stop(tx, held, failure, amount);
  await notify(tx, {
    id: newId(),
    accountId: held.accountId,
    kind: 'TOPPED_UP',
    params: { amount, kind: held.kind, credits: String(held.spendable) },
  });
}

async function stop(tx: EntityManager, held: HeldTopUp, reason: string, amount: string | null): Promise<void> {
  await stopTopUp(tx, held.walletId, reason);
  await notify(tx, {
    id: newId(),
    accountId: held.accountId,
    kind: 'TOP_UP_FAILED',
    params: { reason, kind: held.kind, credits: String(held.spendable), amount: amount ?? '' },
  });
}

/** Once a month: until then the wallet is not looked at any more. */
async function tellCapped(tx: EntityManager, held: HeldTopUp, now: Date): Promise<void> {
  await markCapped(tx, held.walletId, endOfMonth(now, held.zone));
  await notify(tx, {
    id: newId(),
    accountId: held.accountId,
    kind: 'TOP_UP_CAPPED',
    params: {
      kind: held.kind,
      credits: String(held.spendable),
      amount: amountText({ minor: held.monthlyCap, currency: held.currency }),
    },
  });
}
