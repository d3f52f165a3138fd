import { type Lot, type Part, spender } from '../credits/allocate.ts';

/** An event that somebody is to pay for. */
export type ChargeRequest = {
  eventId: string;
  payerId: string;
  trackerId: string;
  ownerId: string;
  credits: bigint;
  occurredAt: Date;
};

/** In order of precedence. */
export type ChargeRefusal = 'NO_WALLET' | 'INSUFFICIENT_CREDIT';

export type ChargeOutcome = { eventId: string; refusal: ChargeRefusal | null };

/** A charge that is to be written: which wallet pays it, from which lots. */
export type NewCharge = ChargeRequest & { walletId: string; parts: Part[] };

export type PayingWallet = { id: string; accountId: string; lots: readonly Lot[] };

/**
 * Decides charges in the order in which they were asked for: each is paid whole or refused, and a refusal leaves the credit to those after it.
 * An event that was charged before - `made`, or earlier in the same list - is charged already, whoever is to pay it now and how much.
 */
export function decideCharges(
  requests: readonly ChargeRequest[],
  wallets: readonly PayingWallet[],
  made: ReadonlySet<string>,
  now: Date,
): { outcomes: ChargeOutcome[]; charges: NewCharge[] } {
  const payers = new Map(wallets.map(({ id, accountId, lots }) => [accountId, { id, spend: spender(lots, now) }]));
  const charges = new Map<string, NewCharge>();

  const outcomes = requests.map((request): ChargeOutcome => {
    const { eventId, payerId, credits } = request;
    if (made.has(eventId) || charges.has(eventId)) return { eventId, refusal: null };
    const payer = payers.get(payerId);
    if (payer === undefined) return { eventId, refusal: 'NO_WALLET' };
    const parts = payer.spend(credits);
    if (parts === null) return { eventId, refusal: 'INSUFFICIENT_CREDIT' };
    charges.set(eventId, { ...request, walletId: payer.id, parts });
    return { eventId, refusal: null };
  });
  return { outcomes, charges: [...charges.values()] };
}
