import { gatherer } from '@comptoir/shared/concurrency/gather.ts';
import { unavailable } from '@comptoir/shared/protocol/errors.ts';
import type { CallService } from '@comptoir/shared/protocol/services.ts';

export type Charge = {
  eventId: string;
  payerId: string;
  trackerId: string;
  ownerId: string;
  credits: number;
  occurredAt: Date;
  /** The key with a budget whose request recorded the event (N11). */
  key: { id: string; accountId: string; budget: number } | null;
};

/** What billing says to a charge: its id, or null when it was refused. */
export type ChargeAnswer = { eventId: string; chargeId: string | null; refusal: string | null };

/** Most charges that billing takes in one call. */
const MAX_PER_CALL = 5_000;
/** Beyond this many the caller is told to come back: who waits longer than an asker lives would be taken for dead. */
const MAX_WAITING = 10_000;
const MAX_WAIT_MS = 10_000;

const CHARGES = /* GraphQL */ `
  mutation Charges($input: InternalChargesApplyInput!) {
    internalChargesApply(input: $input) { results { eventId chargeId refusal } }
  }
`;

type Charges = (charges: readonly Charge[]) => Promise<Map<string, ChargeAnswer>>;

/** One per subgraph that runs in this process: each has a caller of its own. */
const gatherers = new WeakMap<CallService, Charges>();

/**
 * Asks billing for charges, idempotent by event id. While one call is under way the charges of concurrent requests
 * gather, and go together in the next: the busier it is, the larger the calls. Gives the answers by event id; throws
 * when billing does not answer.
 */
export async function gatherCharges(call: CallService, charges: readonly Charge[]): Promise<Map<string, ChargeAnswer>> {
  const gather = gatherers.get(call) ?? makeGatherer(call);
  gatherers.set(call, gather);
  return await gather(charges);
}

const makeGatherer = (call: CallService): Charges =>
  gatherer<readonly Charge[], Map<string, ChargeAnswer>>({
    async run(requests) {
      const answers = await ask(call, requests.flat());
      return requests.map(() => answers);
    },
    weight: ({ length }) => length,
    keys: () => [],
    most: MAX_PER_CALL,
    mostWaiting: MAX_WAITING,
    longestWaitMs: MAX_WAIT_MS,
    busy: () => unavailable('Too many events are waiting to be charged.'),
    // It is billing that did not answer; asking for each alone would only ask more.
    separates: () => false,
  });

async function ask(call: CallService, charges: readonly Charge[]): Promise<Map<string, ChargeAnswer>> {
  if (charges.length === 0) return new Map();
  // Two requests with the same event gather too; billing is asked once for both.
  const distinct = [...new Map(charges.map((charge) => [charge.eventId, charge])).values()];
  type Data = { internalChargesApply: { results: ChargeAnswer[] } };
  const data = await call<Data>('billing', CHARGES, { input: { charges: distinct } });
  const answers = new Map(data.internalChargesApply.results.map((answer) => [answer.eventId, answer]));
  const missing = distinct.find(({ eventId }) => !answers.has(eventId));
  if (missing !== undefined) throw new Error(`billing gave no answer for the event ${missing.eventId}.`);
  return answers;
}
