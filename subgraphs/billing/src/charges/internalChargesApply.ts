import { CommitWith } from '@comptoir/shared/database/transaction.ts';
import { badInput, unavailable } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { InternalChargeInput, MutationResolvers } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { type ChargeOutcome, type ChargeRequest, decideCharges } from './charge.ts';
import { bookCharges, isChargedMeanwhile, lockPayers } from './chargeStore.ts';
import { countConsumption } from './keyBudgetStore.ts';

const MAX_CHARGES = 5_000;
/** A second attempt finds what the other call charged; a third is needed only if yet another call gets in between. */
const MAX_ATTEMPTS = 3;

export const internalChargesApply: MutationResolvers['internalChargesApply'] = async (_root, { input }, ctx) => {
  const { length } = input.charges;
  if (length < 1 || length > MAX_CHARGES)
    throw badInput(`Charge 1 to ${MAX_CHARGES} events at once.`, ['input', 'charges']);
  const requests = input.charges.map(readCharge);

  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const outcomes = await apply(requests, ctx);
    if (outcomes instanceof Refusal) continue;
    const results = outcomes.map(({ eventId, refusal }) => ({
      eventId,
      chargeId: refusal === null ? eventId : null,
      refusal,
    }));
    return { results };
  }
  throw unavailable('Other calls keep charging the same events. Try again.');
};

type Applied = ChargeOutcome[] | Refusal<'CHARGED_MEANWHILE'>;

/**
 * One attempt in one transaction, of which nothing remains when another call charged one of the events meanwhile. Two
 * ways to the database: to lock and look, and to book with the COMMIT. That need not wait for the disk: no one is told
 * of a charge before the caller has committed what became of its event, which does; and trackers is in the same
 * database, whose log is flushed in its order (ADR 5).
 */
async function apply(requests: ChargeRequest[], ctx: SubgraphContext): Promise<Applied> {
  return await ctx.system<Applied>(
    'charge events to their payers',
    async (tx) => {
      const { wallets, budgets, charged } = await lockPayers(tx, requests);
      const { outcomes, charges } = decideCharges(requests, wallets, charged, ctx.now, budgets);
      if (charges.length === 0) return outcomes;
      const { now, viewer } = ctx;
      return new CommitWith<Applied>(
        [bookCharges(charges, { now, requestId: viewer.requestId }), ...countConsumption(charges)],
        () => outcomes,
        { refusal: (error) => (isChargedMeanwhile(error) ? CHARGED_MEANWHILE : null), asyncCommit: true },
      );
    },
    { pipelineBegin: true },
  );
}

const CHARGED_MEANWHILE = new Refusal('CHARGED_MEANWHILE', 'Another call charged one of these events.');

function readCharge(charge: InternalChargeInput, at: number): ChargeRequest {
  const field = ['input', 'charges', String(at)];
  const id = (name: 'eventId' | 'payerId' | 'trackerId' | 'ownerId'): string => {
    const known = readId(charge[name]);
    if (known === null) throw badInput('That is no id.', [...field, name]);
    return known;
  };
  if (charge.credits < 1) throw badInput('Charge at least 1 credit.', [...field, 'credits']);
  const key = charge.key == null ? null : { id: readId(charge.key.id), accountId: readId(charge.key.accountId) };
  if (key !== null && (key.id === null || key.accountId === null)) throw badInput('That is no id.', [...field, 'key']);
  return {
    eventId: id('eventId'),
    payerId: id('payerId'),
    trackerId: id('trackerId'),
    ownerId: id('ownerId'),
    credits: BigInt(charge.credits),
    occurredAt: charge.occurredAt,
    key: key && { id: key.id as string, accountId: key.accountId as string, budget: BigInt(charge.key?.budget ?? 0) },
  };
}
