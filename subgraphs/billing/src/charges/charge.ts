import { type Lot, type Part, spender } from '../books/lots/allocate.ts';

/** An event that somebody is to pay for. */
export type ChargeRequest = {
  eventId: string;
  payerId: string;
  trackerId: string;
  ownerId: string;
  credits: bigint;
  occurredAt: Date;
  /** The key with a budget whose request recorded the event (N11). */
  key: KeyBudget | null;
};

/** A key and the credits that events recorded by it may consume in all; `accountId` is whose key it is. */
export type KeyBudget = { id: string; accountId: string; budget: bigint };

/** In order of precedence. */
export type ChargeRefusal = 'NO_WALLET' | 'BUDGET_USED_UP' | 'INSUFFICIENT_CREDIT';

export type ChargeOutcome = { eventId: string; refusal: ChargeRefusal | null };

/** A charge that is to be written: which wallet pays it, from which lots. */
export type NewCharge = ChargeRequest & { walletId: string; parts: Part[] };

export type PayingWallet = { id: string; accountId: string; lots: readonly Lot[] };

/**
 * Decides charges in the order in which they were asked for: each is paid whole or refused, and a refusal leaves the
 * credit to those after it. `budgets` is what each key has left; what does not fit is refused and leaves it to what is
 * smaller. An event that was charged before - `made`, or earlier in the same list - is charged already, no matter who
 * is to pay it now and how much.
 */
export function decideCharges(
  requests: readonly ChargeRequest[],
  wallets: readonly PayingWallet[],
  made: ReadonlySet<string>,
  now: Date,
  budgets: ReadonlyMap<string, bigint> = new Map(),
): { outcomes: ChargeOutcome[]; charges: NewCharge[] } {
  const payers = new Map(wallets.map(({ id, accountId, lots }) => [accountId, { id, spend: spender(lots, now) }]));
  const charges = new Map<string, NewCharge>();
  const left = new Map(budgets);

  const outcomes = requests.map((request): ChargeOutcome => {
    const { eventId, payerId, credits, key } = request;
    if (made.has(eventId) || charges.has(eventId)) return { eventId, refusal: null };
    const payer = payers.get(payerId);
    if (payer === undefined) return { eventId, refusal: 'NO_WALLET' };
    const budget = key === null ? null : (left.get(key.id) ?? 0n);
    if (budget !== null && budget < credits) return { eventId, refusal: 'BUDGET_USED_UP' };
    const parts = payer.spend(credits);
    if (parts === null) return { eventId, refusal: 'INSUFFICIENT_CREDIT' };
    if (key !== null && budget !== null) left.set(key.id, budget - credits);
    charges.set(eventId, { ...request, walletId: payer.id, parts });
    return { eventId, refusal: null };
  });
  return { outcomes, charges: [...charges.values()] };
}
