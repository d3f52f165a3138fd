import { unavailable } from '@comptoir/shared/errors.ts';
import type { CallService } from '@comptoir/shared/services.ts';

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
const MOST_PER_CALL = 5_000;
/** Beyond this many the caller is told to come back: who waits longer than an asker lives would be taken for dead. */
const MOST_WAITING = 10_000;
const LONGEST_WAIT_MS = 10_000;

const CHARGES = /* GraphQL */ `
  mutation Charges($input: InternalChargesApplyInput!) {
    internalChargesApply(input: $input) { results { eventId chargeId refusal } }
  }
`;

type Waiting = {
  charges: readonly Charge[];
  since: number;
  resolve: (answers: Map<string, ChargeAnswer>) => void;
  reject: (error: unknown) => void;
};

type Gatherer = { queue: Waiting[]; waiting: number; running: boolean };

/** One per subgraph that runs in this process: each has a caller of its own. */
const gatherers = new WeakMap<CallService, Gatherer>();

/**
 * Asks billing for charges, idempotent by event id. While one call is under way the charges of concurrent requests gather, and go
 * together in the next: the busier it is, the larger the calls. Gives the answers by event id; throws when billing does not answer.
 */
export async function gatherCharges(call: CallService, charges: readonly Charge[]): Promise<Map<string, ChargeAnswer>> {
  const gatherer = gatherers.get(call) ?? { queue: [], waiting: 0, running: false };
  gatherers.set(call, gatherer);
  if (gatherer.waiting + charges.length > MOST_WAITING) throw unavailable('Too many events are waiting to be charged.');
  return await new Promise((resolve, reject) => {
    gatherer.queue.push({ charges, since: performance.now(), resolve, reject });
    gatherer.waiting += charges.length;
    if (!gatherer.running) void run(call, gatherer);
  });
}

async function run(call: CallService, gatherer: Gatherer): Promise<void> {
  gatherer.running = true;
  while (gatherer.queue.length > 0) {
    const batch = nextBatch(gatherer);
    try {
      const answers = await ask(
        call,
        batch.flatMap(({ charges }) => charges),
      );
      for (const { resolve } of batch) resolve(answers);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
  gatherer.running = false;
}

/** Whole requests, first come first served, as many as fit into one call. What waited too long was not sent and is told so. */
function nextBatch(gatherer: Gatherer): Waiting[] {
  const batch: Waiting[] = [];
  let size = 0;
  for (let next = gatherer.queue[0]; next !== undefined; next = gatherer.queue[0]) {
    const late = performance.now() - next.since > LONGEST_WAIT_MS;
    if (!late && size > 0 && size + next.charges.length > MOST_PER_CALL) break;
    gatherer.queue.shift();
    gatherer.waiting -= next.charges.length;
    if (late) {
      next.reject(unavailable('Charging is too slow at the moment.'));
      continue;
    }
    batch.push(next);
    size += next.charges.length;
  }
  return batch;
}

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
