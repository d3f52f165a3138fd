import { badInput, unavailable } from '@comptoir/shared/errors.ts';
import { Refusal } from '@comptoir/shared/refusal.ts';
import { readId } from '@comptoir/shared/uuid.ts';
import type { InternalChargeInput, MutationResolvers } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { type ChargeOutcome, type ChargeRequest, decideCharges } from './charge.ts';
import { bookCharges, findCharged, lockPayingWallets } from './chargeStore.ts';
import { countConsumption, lockBudgets } from './keyBudgetStore.ts';

const MOST_CHARGES = 5_000;
/** A second attempt finds what the other call charged; a third is needed only if yet another call gets in between. */
const MOST_ATTEMPTS = 3;

export const internalChargesApply: MutationResolvers['internalChargesApply'] = async (_root, { input }, ctx) => {
  const { length } = input.charges;
  if (length < 1 || length > MOST_CHARGES)
    throw badInput(`Charge 1 to ${MOST_CHARGES} events at once.`, ['input', 'charges']);
  const requests = input.charges.map(readCharge);

  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
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

/** One attempt in one transaction, of which nothing remains when another call charged one of the events meanwhile. */
async function apply(
  requests: ChargeRequest[],
  ctx: SubgraphContext,
): Promise<ChargeOutcome[] | Refusal<'CHARGED_MEANWHILE'>> {
  const payerIds = [...new Set(requests.map(({ payerId }) => payerId))];
  const eventIds = [...new Set(requests.map(({ eventId }) => eventId))];
  return await ctx.system('charge events to their payers', async (tx) => {
    const wallets = await lockPayingWallets(tx, payerIds);
    const budgets = await lockBudgets(tx, requests);
    // After the lock: what a call before us has charged to these wallets is there to be found.
    const charged = await findCharged(tx, eventIds);
    const { outcomes, charges } = decideCharges(requests, wallets, charged, ctx.now, budgets);
    if (charges.length === 0) return outcomes;
    const booked = await bookCharges(tx, charges, { now: ctx.now, requestId: ctx.viewer.requestId });
    if (booked) await countConsumption(tx, charges);
    return booked ? outcomes : new Refusal('CHARGED_MEANWHILE', 'Another call charged one of these events.');
  });
}

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
