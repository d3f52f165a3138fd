import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import { isPreview, previewNotPossible } from '@comptoir/shared/database/preview.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import type { SystemHow } from '@comptoir/shared/operations/context.ts';
import type { Log } from '@comptoir/shared/process/log.ts';
import type { EntityManager } from 'typeorm';
import type { ComposedConfig } from '../../config.ts';
import type { SubgraphContext } from '../../context.ts';
import type { ChargeAsked, ChargeOutcome, PaymentProvider } from '../provider/provider.ts';
import { nextStep } from './nextStep.ts';
import { claimPayment, findPayment, findUnsettled } from './paymentStore.ts';
import type { Payment } from './paymentTables.ts';
import { settle } from './settle.ts';

/**
 * What asking the provider needs: transactions under the second role, none of which is open while the provider is
 * asked.
 */
export type CollectDeps = {
  config: ComposedConfig;
  system: <T>(reason: string, work: (tx: EntityManager) => Promise<T>, how?: SystemHow) => Promise<T>;
  now: () => Date;
  log: Log;
};

const NO_ANSWER = Symbol('no answer');
/** Payments that a round follows up, and how many at the same time: no more than there are connections for. */
const MAX_PER_ROUND = 40;
const AT_ONCE = 4;

/** For a mutation. Throws for a preview-only key: what the provider does cannot be taken back (N11). */
export function collectDeps(ctx: SubgraphContext, config: ComposedConfig): CollectDeps {
  if (isPreview(ctx.viewer)) throw previewNotPossible();
  return {
    config,
    system: (reason, work, how) => ctx.system(reason, work, how),
    now: () => ctx.clock.now(),
    log: ctx.log,
  };
}

/** For background work. */
export const collectDepsOf = (work: JobContext, requestId: string, config: ComposedConfig): CollectDeps => ({
  config,
  system: (_reason, unit) => work.system(requestId, unit),
  now: () => work.clock.now(),
  log: work.log,
});

/**
 * Asks the provider for a payment that is committed as PENDING, and settles it. Returns the payment as it stands then:
 * still PENDING when the answer was lost or somebody else is asking; a round goes on with it. Never inside a
 * transaction. However often it is called for a payment, from however many sides, the card is charged once.
 */
export async function collect(deps: CollectDeps, paymentId: string): Promise<Payment> {
  return (await pursue(deps, paymentId)).payment;
}

async function pursue(deps: CollectDeps, paymentId: string): Promise<{ payment: Payment; answered: boolean }> {
  const now = deps.now();
  const claimed = await deps.system('ask the payment provider', (tx) => claimPayment(tx, paymentId, now));
  if (claimed === null) return { payment: await current(deps, paymentId), answered: true };
  const outcome = await ask(deps, claimed, (provider, asked) => follow(provider, asked, claimed, now));
  if (outcome === NO_ANSWER) return { payment: claimed, answered: false };
  return { payment: outcome === null ? claimed : await settled(deps, claimed, outcome), answered: true };
}

/**
 * Asks the provider what became of a payment that is not settled, and settles it: after the cardholder has confirmed
 * it. Charges nothing.
 */
export async function refresh(deps: CollectDeps, paymentId: string): Promise<Payment> {
  const payment = await current(deps, paymentId);
  if (payment.settledAt !== null || payment.askedAt === null) return payment;
  const outcome = await ask(deps, payment, (provider, asked) => provider.find(asked));
  return outcome === null || outcome === NO_ANSWER ? payment : await settled(deps, payment, outcome);
}

/**
 * Payments that were recorded and not settled: a process was killed, an answer was lost, a cardholder has to confirm.
 */
export const reconcile = (config: ComposedConfig): Round => ({
  title: 'payments followed up',
  async run(work, requestId) {
    const deps = collectDepsOf(work, requestId, config);
    const ids = await deps.system('find unsettled payments', (tx) => findUnsettled(tx, deps.now(), MAX_PER_ROUND));
    let done = 0;
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const pursued = await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => pursue(deps, id)));
      done += pursued.filter(({ payment }) => payment.settledAt !== null).length;
      // A provider that does not answer takes its time over it, and other rounds wait for this one: the rest comes with
      // the next.
      if (pursued.some(({ answered }) => !answered)) break;
    }
    return done;
  },
});

async function follow(
  provider: PaymentProvider,
  asked: ChargeAsked,
  payment: Payment,
  now: Date,
): Promise<ChargeOutcome | null> {
  switch (nextStep(payment, now)) {
    case 'CHARGE':
      return await provider.charge(asked);
    case 'FIND_OR_CHARGE':
      return (await provider.find(asked)) ?? (await provider.charge(asked));
    case 'FIND':
      return await provider.find(asked);
    case 'CANCEL':
      return await provider.cancel(asked);
  }
}

/** What throws has an unknown outcome: the payment stays as it is. */
async function ask(
  { config, log }: CollectDeps,
  payment: Payment,
  what: (provider: PaymentProvider, asked: ChargeAsked) => Promise<ChargeOutcome | null>,
): Promise<ChargeOutcome | null | typeof NO_ANSWER> {
  const { id: paymentId, customer, method, amount, description, present } = payment;
  try {
    return await what(config.payments, { paymentId, customer, method, amount, description, present });
  } catch (error) {
    log.warn({ err: error, paymentId }, 'the payment provider gave no answer; it will be asked again');
    return NO_ANSWER;
  }
}

const settled = (deps: CollectDeps, payment: Payment, outcome: ChargeOutcome): Promise<Payment> =>
  deps.system('settle a payment', (tx) => settle(tx, deps.config.paymentPurposes, payment, outcome, deps.now()));

async function current({ system }: CollectDeps, paymentId: string): Promise<Payment> {
  const payment = await system('look at a payment', (tx) => findPayment(tx, paymentId), { untrailed: true });
  if (payment === null) throw new Error(`Payment ${paymentId} is not there.`);
  return payment;
}
