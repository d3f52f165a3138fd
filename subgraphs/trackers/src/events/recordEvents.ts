import { groupCommit } from '@comptoir/shared/concurrency/groupCommit.ts';
import { CommitWith, type Work } from '@comptoir/shared/database/transaction.ts';
import type { SystemHow } from '@comptoir/shared/operations/context.ts';
import { viewerName, writeTogether } from '@comptoir/shared/operations/writeTogether.ts';
import { isOutage, unavailable } from '@comptoir/shared/protocol/errors.ts';
import type { CallService } from '@comptoir/shared/protocol/services.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { GraphQLError } from 'graphql';
import type { EntityManager } from 'typeorm';
import type { SubgraphContext } from '../context.ts';
import { type ChargeAnswer, callForCharges } from './charges.ts';
import { CREDITS_PER_EVENT, type EventRefusal, MAX_EVENTS, type SentEvent } from './event.ts';
import {
  assertNotRecorded,
  findRecordedIds,
  type HeldRow,
  type IntakeKey,
  type IntakeRow,
  insertIntake,
  isOvertaken,
  keyOf,
  loadForDecision,
  settleIntake,
} from './intakeStore.ts';
import { type Decided, decideSent } from './sentEvents.ts';

/** From so many events on a call has its own transactions: it gains nothing by sharing, and would wait for others. */
const ALONE_FROM = 20;
/** Most events in one transaction that settles, and in one call of billing. */
const MAX_TOGETHER = 5_000;
/** More calls' events than a busy process has at once; who comes then is told to come back. */
const MAX_WAITING_CALLS = 10_000;
const MAX_CALL_WAIT_MS = 10_000;
/**
 * Most that wait to be charged, and longest: with the settling's, and billing's own, within an asker's life (STALE_MS).
 */
const MAX_WAITING_CHARGES = 10_000;
const MAX_CHARGE_WAIT_MS = 10_000;
const MAX_WAITING_TO_SETTLE = 20_000;
const MAX_SETTLE_WAIT_MS = 5_000;
/** How often a call is tried whose events others store at the same moment. */
const MAX_ATTEMPTS = 5;

/** What one call sends: its events as read, in its order; when; and the key with a budget that asks, if one does. */
export type Sending = { sent: readonly (SentEvent | EventRefusal)[]; now: Date; budgetKey: IntakeKey | null };

/** What taking in leaves: a decision per event of the call, and by `keyOf` the intake that is to be charged. */
export type Taken = { decisions: Decided[]; intake: Map<string, IntakeRow> };

/**
 * MOVED: charged, and stored by us. RECORDED: charged, and stored by another asker. REFUSED: no credit. NO_WALLET: the
 * payer's account is being opened. OVER_BUDGET: the key that asks has none left (N11).
 */
export type Settlement = 'MOVED' | 'RECORDED' | 'REFUSED' | 'NO_WALLET' | 'OVER_BUDGET';

type Recorded = { taken: Taken; settled: Map<string, Settlement> | GraphQLError };
const OVERTAKEN = new Refusal('OVERTAKEN', 'Another call stored the same event meanwhile.');
type Overtaken = Refusal<'OVERTAKEN'>;

/**
 * Records what a call sends, with other calls of the same viewer that come at the same time; returns when all is
 * committed. Throws SERVICE_UNAVAILABLE when billing does not answer: the intake stays then, and a repetition, or the
 * sweep, asks again.
 */
export async function recordEvents(
  ctx: SubgraphContext,
  sending: Sending,
): Promise<{ taken: Taken; settled: Map<string, Settlement> }> {
  const group = { owner: ctx.call, name: viewerName(ctx.viewer) };
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const recorded = await recording({ ctx, sending }, group);
    // An event that was found nowhere was stored a moment later by somebody else: the next attempt finds it.
    if (recorded instanceof Refusal) continue;
    const { taken, settled } = recorded;
    if (settled instanceof Error) throw settled;
    return { taken, settled };
  }
  throw unavailable('Other calls keep sending the same events. Send them again.');
}

/** A call of `eventsRecord` that waits for the others of its group. */
type Call = { ctx: SubgraphContext; sending: Sending };

/** Two calls with the same event id are not recorded together: the later one finds what the earlier one left. */
const recording = groupCommit<Call, Recorded | Overtaken>({
  run: recordTogether,
  weight: ({ sending }) => sending.sent.length,
  keys: ({ sending }) => sending.sent.flatMap((event) => (event instanceof Refusal ? [] : [event.senderKey])),
  maxWeight: MAX_EVENTS,
  aloneFrom: ALONE_FROM,
  maxWaiting: MAX_WAITING_CALLS,
  maxWaitMs: MAX_CALL_WAIT_MS,
  busy: () => unavailable('Too many events are waiting to be recorded.'),
  separates: (error) => !isOutage(error),
});

/**
 * Takes in, charges, settles (ADR 5). Calls that come meanwhile are the next to go together, after this: the fewer and
 * larger the transactions are, the less each event costs.
 */
async function recordTogether(calls: readonly Call[]): Promise<readonly (Recorded | Overtaken)[]> {
  const taken = await takeIn(calls);
  if (taken instanceof Refusal) {
    // Of several each is tried alone.
    if (calls.length > 1) throw new Error(OVERTAKEN.message);
    return [OVERTAKEN as Overtaken];
  }
  const [{ ctx }] = calls as readonly [Call];
  const settled = await charge(ctx, intakeOf(taken))
    .then((charges) => settle(ctx, 'store charged events', charges))
    .catch((error: unknown) => {
      ctx.log.warn({ err: error }, 'events wait for their charge');
      return unavailable('Charging is briefly unavailable. Send the same events again: nothing is charged twice.');
    });
  return taken.map((one) => ({ taken: one, settled }));
}

const intakeOf = (taken: readonly Taken[]): IntakeRow[] => taken.flatMap(({ intake }) => [...intake.values()]);

/** The parts of a context, of a request or of a job, that charging and settling need. */
type ChargingContext = {
  call: CallService;
  system<T>(reason: string, work: Work<T>, how?: SystemHow): Promise<T>;
};

// --- Take in: in one transaction of the request's role, each call with its own row of the trail.

const takeIn = (calls: readonly Call[]): Promise<readonly Taken[] | Refusal> => {
  const sendings = calls.map(({ sending }) => sending);
  return writeTogether<Taken>(
    calls.map(({ ctx }) => ctx),
    (tx) => takeAllIn(tx, sendings),
  );
};

/**
 * Looks, decides by the rules, and leaves what is to be charged waiting. Two ways to the database, however many events
 * there are: to look, and to take in with the COMMIT.
 */
async function takeAllIn(
  tx: EntityManager,
  sendings: readonly Sending[],
): Promise<Taken[] | CommitWith<readonly Taken[] | Refusal>> {
  const sent = sendings.flatMap((sending) => sending.sent);
  const { trackers, known } = await loadForDecision(
    tx,
    sent.filter((event): event is SentEvent => !(event instanceof Refusal)),
  );
  const decided = decideSent(sendings, trackers, known);
  const leave = (rows: readonly IntakeRow[]): Taken[] => {
    const byKey = new Map(rows.map((row) => [keyOf(row), row]));
    return decided.map(({ decisions, fresh }) => ({
      decisions,
      // In the order of the input: the last credits go to the first events.
      intake: new Map(fresh.flatMap((event) => byKey.get(keyOf(event)) ?? []).map((row) => [keyOf(row), row])),
    }));
  };
  const all = decided.flatMap(({ fresh }) => fresh);
  if (all.length === 0) return leave([]);
  const [{ now, budgetKey }] = sendings as [Sending];
  return new CommitWith<readonly Taken[] | Refusal>(
    [
      insertIntake(all, { credits: CREDITS_PER_EVENT, key: budgetKey, now, realNow: new Date() }),
      assertNotRecorded(all),
    ],
    ([rows]) => leave(rows as IntakeRow[]),
    {
      refusal: (error) => (isOvertaken(error) ? OVERTAKEN : null),
      // Charge and settling follow, and the last of their commits waits for the disk. Not where another call gave all
      // of the ids to other events a moment ago: that is told, and has left nothing but rows of the trail.
      asyncCommit: decided.every(({ fresh }) => fresh.length > 0),
    },
  );
}

// --- Charge: of all viewers, by one call of billing. A hot wallet is locked once for many.

type Uncharged = { call: CallService; intake: readonly IntakeRow[] };

const charging = groupCommit<Uncharged, Map<string, ChargeAnswer>>({
  async run(askers) {
    const [{ call }] = askers as readonly [Uncharged];
    const answers = await callForCharges(
      call,
      askers.flatMap(({ intake }) => intake),
    );
    return askers.map(() => answers);
  },
  weight: ({ intake }) => intake.length,
  keys: () => [],
  maxWeight: MAX_TOGETHER,
  maxWaiting: MAX_WAITING_CHARGES,
  maxWaitMs: MAX_CHARGE_WAIT_MS,
  busy: () => unavailable('Too many events are waiting to be charged.'),
  // It is billing that did not answer; asking for each alone would only ask more.
  separates: () => false,
});

/** Has intake that was committed charged. Returns billing's answer to each; throws when there is none. */
export async function charge({ call }: ChargingContext, intake: readonly IntakeRow[]): Promise<ChargeAnswer[]> {
  if (intake.length === 0) return [];
  const answers = await charging({ call, intake }, { owner: call });
  return intake.map(({ id }) => answers.get(id) as ChargeAnswer);
}

// --- Settle: of all viewers, in the name of the service. Nothing is acknowledged before.

type Transact = <T>(work: Work<T>) => Promise<T>;
type Charged = { charges: readonly ChargeAnswer[]; transact: Transact };

/** Settles for several askers in one transaction, which the first of them opens. Two of one event go one by one. */
const settling = groupCommit<Charged, Map<string, Settlement>>({
  async run(askers) {
    const [{ transact }] = askers as readonly [Charged];
    const settled = await settleAll(
      transact,
      askers.flatMap(({ charges }) => charges),
    );
    return askers.map(() => settled);
  },
  weight: ({ charges }) => charges.length,
  keys: ({ charges }) => charges.map(({ eventId }) => eventId),
  maxWeight: MAX_TOGETHER,
  aloneFrom: ALONE_FROM,
  maxWaiting: MAX_WAITING_TO_SETTLE,
  maxWaitMs: MAX_SETTLE_WAIT_MS,
  busy: () => unavailable('Too many events are waiting to be stored.'),
  separates: (error) => !isOutage(error),
});

/** Makes an event of what was charged, and lets go of what was not. Returns what became of each, by its id. */
export async function settle(
  { call, system }: ChargingContext,
  reason: string,
  charges: readonly ChargeAnswer[],
): Promise<Map<string, Settlement>> {
  if (charges.length === 0) return new Map();
  // Of a request the transaction that took the events in has the row; this one only settles what billing answered.
  const transact: Transact = (work) => system(reason, work, { pipelineBegin: true, untrailed: true });
  const settled = await settling({ charges, transact }, { owner: call });
  const lost = charges.find(({ eventId }) => !settled.has(eventId));
  if (lost !== undefined) throw new Error(`The event ${lost.eventId} was charged and is not there.`);
  return new Map(charges.map(({ eventId, refusal }) => [eventId, whyNot(settled.get(eventId) as Settlement, refusal)]));
}

/** A refusal with billing's reason for it. */
function whyNot(settlement: Settlement, refusal: string | null): Settlement {
  if (settlement !== 'REFUSED') return settlement;
  if (refusal === 'BUDGET_USED_UP') return 'OVER_BUDGET';
  return refusal === 'NO_WALLET' ? 'NO_WALLET' : 'REFUSED';
}

/**
 * Settles intake in one statement, which travels with its transaction's COMMIT. What was not there any more somebody
 * else has settled, which is looked up after it: stored, or refused. One that was charged and is nowhere, which cannot
 * be, is left out.
 */
async function settleAll(transact: Transact, charges: readonly ChargeAnswer[]): Promise<Map<string, Settlement>> {
  const chargeIds = new Map(charges.map(({ eventId, chargeId }) => [eventId, chargeId]));
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
