import { isOutage, unavailable } from '@comptoir/shared/errors.ts';
import { gatherer } from '@comptoir/shared/gather.ts';
import type { CallService } from '@comptoir/shared/services.ts';
import type { EntityManager } from 'typeorm';
import { gatherCharges } from './chargeGatherer.ts';
import { countRefusal, findRecordedIds, type IntakeRow, moveCharged, removeIntake } from './intakeStore.ts';

/** From so many events on, a call has its own transactions: it gains nothing by sharing, and would wait for others. */
export const MANY = 20;
/** Most events in one transaction, and most that wait for theirs. */
const MOST_TOGETHER = 5_000;
const MOST_WAITING = 20_000;
/** With the gathering of charges and billing's own time-out within what an asker lives (`STALE_MS`). */
const LONGEST_WAIT_MS = 5_000;

/** The parts of a context, of a request or of a job, that charging needs. */
export type ChargingContext = {
  call: CallService;
  system<T>(reason: string, work: (tx: EntityManager) => Promise<T>): Promise<T>;
};

/** MOVED: charged, and stored by us. RECORDED: charged, and stored by another asker. REFUSED: no credit. OVER_BUDGET: the key that asks has none left (N11). */
export type Settlement = 'MOVED' | 'RECORDED' | 'REFUSED' | 'OVER_BUDGET';

/**
 * Asks billing for the charges of intake that was committed, and settles each: with a charge it becomes an event, without one it goes. Throws when
 * billing does not answer: then the intake stays for whoever asks next.
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
  const transact: Asker['transact'] = (work) => system(reason, work);
  const settled =
    intake.length < MANY ? await gather({ chargeIds, transact }) : await transact((tx) => settle(tx, chargeIds));
  for (const [id, outcome] of settled) {
    if (outcome === 'REFUSED' && answers.get(id)?.refusal === 'BUDGET_USED_UP') settled.set(id, 'OVER_BUDGET');
  }
  return settled;
}

type Asker = {
  chargeIds: Map<string, string | null>;
  transact(work: (tx: EntityManager) => Promise<Map<string, Settlement>>): Promise<Map<string, Settlement>>;
};
type Settle = (asker: Asker) => Promise<Map<string, Settlement>>;

/** One per subgraph that runs in this process, as for the charges themselves. */
const settlers = new WeakMap<CallService, Settle>();

/** Settles what several askers wait for in one transaction, which the first of them opens. Two askers of one event are settled one after the other: each counts. */
const makeSettler = (): Settle =>
  gatherer<Asker, Map<string, Settlement>>({
    async run(askers) {
      const [first] = askers as [Asker];
      const chargeIds = new Map(askers.flatMap((asker) => [...asker.chargeIds]));
      const settled = await first.transact((tx) => settle(tx, chargeIds));
      return askers.map(
        (asker) => new Map([...asker.chargeIds.keys()].map((id) => [id, settled.get(id) as Settlement])),
      );
    },
    weight: ({ chargeIds }) => chargeIds.size,
    keys: ({ chargeIds }) => chargeIds.keys(),
    most: MOST_TOGETHER,
    mostWaiting: MOST_WAITING,
    longestWaitMs: LONGEST_WAIT_MS,
    busy: () => unavailable('Too many events are waiting to be stored.'),
    separates: (error) => !isOutage(error),
  });

/**
 * Intake that was refused goes only with its last asker: while another has not been answered, that one may still be charged, and then there must be
 * something to make an event of.
 */
async function settle(tx: EntityManager, chargeIds: Map<string, string | null>): Promise<Map<string, Settlement>> {
  const ids = [...chargeIds.keys()];
  const held = await moveCharged(tx, ids, [...chargeIds.values()]);
  const refused = held.filter(({ moved }) => !moved);
  const waiting = refused.filter((row) => row.refused + 1 < row.attempt);
  const done = held.filter((row) => !waiting.includes(row));
  if (done.length > 0)
    await removeIntake(
      tx,
      done.map(({ id }) => id),
    );
  if (waiting.length > 0)
    await countRefusal(
      tx,
      waiting.map(({ id }) => id),
    );

  const settled = new Map<string, Settlement>(held.map(({ id, moved }) => [id, moved ? 'MOVED' : 'REFUSED']));
  const elsewhere = ids.filter((id) => !settled.has(id));
  if (elsewhere.length === 0) return settled;
  const recorded = new Set(await findRecordedIds(tx, elsewhere));
  for (const id of elsewhere) {
    if (!recorded.has(id) && chargeIds.get(id) !== null)
      throw new Error(`The event ${id} was charged and is not there.`);
    settled.set(id, recorded.has(id) ? 'RECORDED' : 'REFUSED');
  }
  return settled;
}
