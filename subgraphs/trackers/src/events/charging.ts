import { gatherer } from '@comptoir/shared/concurrency/gather.ts';
import { CommitWith, type Work } from '@comptoir/shared/database/transaction.ts';
import type { SystemHow } from '@comptoir/shared/operations/context.ts';
import { isOutage, unavailable } from '@comptoir/shared/protocol/errors.ts';
import type { CallService } from '@comptoir/shared/protocol/services.ts';
import { gatherCharges } from './chargeGatherer.ts';
import { findRecordedIds, type HeldRow, type IntakeRow, settleIntake } from './intakeStore.ts';

/** From so many events on, a call has its own transactions: it gains nothing by sharing, and would wait for others. */
export const MANY = 20;
/** Most events in one transaction, and most that wait for theirs. */
const MAX_TOGETHER = 5_000;
const MAX_WAITING = 20_000;
/** With the gathering of charges and billing's own time-out within what an asker lives (`STALE_MS`). */
const MAX_WAIT_MS = 5_000;

/** The parts of a context, of a request or of a job, that charging needs. */
export type ChargingContext = {
  call: CallService;
  system<T>(reason: string, work: Work<T>, how?: SystemHow): Promise<T>;
};

/**
 * MOVED: charged, and stored by us. RECORDED: charged, and stored by another asker. REFUSED: no credit. NO_WALLET: the
 * payer's account is being opened. OVER_BUDGET: the key that asks has none left (N11).
 */
export type Settlement = 'MOVED' | 'RECORDED' | 'REFUSED' | 'NO_WALLET' | 'OVER_BUDGET';

/**
 * Asks billing for the charges of intake that was committed, and settles each: with a charge it becomes an event,
 * without one it goes. Throws when billing does not answer: then the intake stays for whoever asks next.
 */
export async function chargeIntake(
  { call, system }: ChargingContext,
  reason: string,
  intake: readonly IntakeRow[],
): Promise<Map<string, Settlement>> {
  if (intake.length === 0) return new Map();
  const answers = await gatherCharges(
    call,
    intake.map(({ id, payerId, trackerId, accountId, credits, occurredAt, key }) => ({
      eventId: id,
      payerId,
      trackerId,
      ownerId: accountId,
      credits,
      occurredAt,
      key,
    })),
  );
  const chargeIds = new Map(intake.map(({ id }) => [id, answers.get(id)?.chargeId ?? null]));
  const gather = settlers.get(call) ?? makeSettler();
  settlers.set(call, gather);
  // Of a request the transaction that took the events in has the row; this one only settles what billing answered.
  const transact: Transact = (work) => system(reason, work, { pipelineBegin: true, untrailed: true });
  const settled = intake.length < MANY ? await gather({ chargeIds, transact }) : await settle(transact, chargeIds);
  for (const { id } of intake) {
    if (!settled.has(id)) throw new Error(`The event ${id} was charged and is not there.`);
    const refusal = settled.get(id) === 'REFUSED' ? answers.get(id)?.refusal : null;
    if (refusal === 'BUDGET_USED_UP') settled.set(id, 'OVER_BUDGET');
    if (refusal === 'NO_WALLET') settled.set(id, 'NO_WALLET');
  }
  return settled;
}

type Transact = <T>(work: Work<T>) => Promise<T>;
type Asker = { chargeIds: Map<string, string | null>; transact: Transact };
type Settle = (asker: Asker) => Promise<Map<string, Settlement>>;

/** One per subgraph that runs in this process, as for the charges themselves. */
const settlers = new WeakMap<CallService, Settle>();

/**
 * Settles what several askers wait for in one transaction, which the first of them opens. Two askers of one event are
 * settled one after the other: each counts.
 */
const makeSettler = (): Settle =>
  gatherer<Asker, Map<string, Settlement>>({
    async run(askers) {
      const [first] = askers as [Asker];
      const chargeIds = new Map(askers.flatMap((asker) => [...asker.chargeIds]));
      const settled = await settle(first.transact, chargeIds);
      return askers.map(
        (asker) =>
          new Map(
            [...asker.chargeIds.keys()].flatMap((id): [string, Settlement][] => {
              const settlement = settled.get(id);
              return settlement === undefined ? [] : [[id, settlement]];
            }),
          ),
      );
    },
    weight: ({ chargeIds }) => chargeIds.size,
    keys: ({ chargeIds }) => chargeIds.keys(),
    most: MAX_TOGETHER,
    mostWaiting: MAX_WAITING,
    longestWaitMs: MAX_WAIT_MS,
    busy: () => unavailable('Too many events are waiting to be stored.'),
    separates: (error) => !isOutage(error),
  });

/**
 * Settles intake in one statement, which travels with its transaction's COMMIT. What was not there any more somebody
 * else has settled, which is looked up after it: stored, or refused. One that was charged and is nowhere, which cannot
 * be, is left out.
 */
async function settle(transact: Transact, chargeIds: Map<string, string | null>): Promise<Map<string, Settlement>> {
  const ids = [...chargeIds.keys()];
  const held = await transact(
    async () => new CommitWith<HeldRow[]>([settleIntake(ids, [...chargeIds.values()])], ([rows]) => rows as HeldRow[]),
  );
  const settled = new Map<string, Settlement>(held.map(({ id, moved }) => [id, moved ? 'MOVED' : 'REFUSED']));
  const elsewhere = ids.filter((id) => !settled.has(id));
  if (elsewhere.length === 0) return settled;
  const recorded = new Set(await transact((tx) => findRecordedIds(tx, elsewhere)));
  for (const id of elsewhere) {
    if (recorded.has(id)) settled.set(id, 'RECORDED');
    else if (chargeIds.get(id) === null) settled.set(id, 'REFUSED');
  }
  return settled;
}
