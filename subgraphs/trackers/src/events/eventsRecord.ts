import type { GroupCommit } from '@comptoir/shared/concurrency/groupCommit.ts';
import { isPreview, previewNotPossible } from '@comptoir/shared/database/preview.ts';
import { CommitWith } from '@comptoir/shared/database/transaction.ts';
import { unavailable } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { GraphQLError } from 'graphql';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { chargeIntake, MANY, type Settlement } from './charging.ts';
import {
  accountOpening,
  budgetUsedUp,
  CREDITS_PER_EVENT,
  type Decision,
  decide,
  type EventAnswer,
  type EventRefusal,
  eventIdReused,
  MAX_EVENTS,
  noCredit,
  readEvent,
  type SentEvent,
} from './event.ts';
import {
  assertNotRecorded,
  type IntakeKey,
  type IntakeRow,
  insertIntake,
  isOvertaken,
  type KnownRow,
  keyOf,
  loadForDecision,
  type NewIntake,
} from './intakeStore.ts';

export const eventsRecord: MutationResolvers['eventsRecord'] = async (_root, { input }, ctx) => {
  const refused = refusesSize(input.events.length);
  if (refused !== null) return { results: [], accepted: 0, replayed: 0, refused: 0, userErrors: [refused] };

  // The charge is billing's, and could not be taken back.
  if (isPreview(ctx.viewer)) throw previewNotPossible();

  const sent = input.events.map((event) => readEvent(event, ctx.now));
  const { taken, settled } = await recordAll(ctx, sent);
  if (settled instanceof Error) throw settled;

  const accepted = new Set<string>();
  const results = input.events.map(({ eventId }, at) =>
    answer(eventId, taken.decisions[at] as Decided, taken, settled, accepted),
  );
  const count = (outcome: EventAnswer['outcome']): number => results.filter((one) => one.outcome === outcome).length;
  return {
    results,
    accepted: count('ACCEPTED'),
    replayed: count('REPLAYED'),
    refused: count('REFUSED'),
    userErrors: [],
  };
};

function refusesSize(events: number): Refusal<'NO_EVENTS' | 'TOO_MANY_EVENTS'> | null {
  const field = ['input', 'events'];
  if (events === 0) return new Refusal('NO_EVENTS', 'Send at least one event.', field);
  if (events > MAX_EVENTS) return new Refusal('TOO_MANY_EVENTS', `Send at most ${MAX_EVENTS} events a call.`, field);
  return null;
}

/** A decision with the key of its event; `storedId` where the event is stored. */
type Decided = { decision: Decision; key: string; storedId: string | null };
/** What the first transaction leaves: a decision per event of the input, and by key the intake to be charged. */
type Taken = { decisions: Decided[]; intake: Map<string, IntakeRow> };

/** What became of it; an error when billing did not answer. */
type Recorded = { taken: Taken; settled: Map<string, Settlement> | GraphQLError };

/**
 * An event that was found nowhere was stored a moment later by somebody else: the whole transaction is repeated and
 * finds it.
 */
const OVERTAKEN = new Refusal('OVERTAKEN', 'Another call stored the same event meanwhile.');

async function recordAll(ctx: SubgraphContext, sent: readonly (SentEvent | EventRefusal)[]): Promise<Recorded> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const sending = { sent, now: ctx.now, budgetKey: keyOfViewer(ctx.viewer), ctx };
    const recorded = await (sent.length < MANY ? ctx.groupCommit(recordBatch, sending) : recordAlone(ctx, sending));
    if (!(recorded instanceof Refusal)) return recorded;
  }
  throw unavailable('Other calls keep sending the same events. Send them again.');
}

async function recordAlone(ctx: SubgraphContext, sending: Sending): Promise<Recorded | Refusal<'OVERTAKEN'>> {
  const all = await ctx.write((tx) => decideAll(tx, [sending]), { pipelineBegin: true });
  return all instanceof Refusal ? all : ((await chargeAll([sending], all))[0] as Recorded);
}

/** The key that asks, where it has a budget (N11). */
const keyOfViewer = (viewer: Viewer): IntakeKey | null =>
  viewer.kind === 'KEY' && viewer.creditBudget !== undefined
    ? { id: viewer.keyId, accountId: viewer.accountId, budget: viewer.creditBudget }
    : null;

/** What one call sends. */
type Sending = {
  sent: readonly (SentEvent | EventRefusal)[];
  now: Date;
  budgetKey: IntakeKey | null;
  ctx: SubgraphContext;
};

/**
 * The calls of one script, many at once, are recorded together. Two with the same event id are not: the later one finds
 * what the earlier one left.
 */
const recordBatch: GroupCommit<Sending, Taken, Recorded> = {
  work: decideAll,
  weight: ({ sent }) => sent.length,
  keys: ({ sent }) => sent.flatMap((event) => (event instanceof Refusal ? [] : [event.senderKey])),
  most: MAX_EVENTS,
  after: chargeAll,
};

/**
 * Looks, decides by the rules, and leaves what is to be charged waiting. Two ways to the database, however many events
 * there are: to look, and to take in with the COMMIT.
 */
async function decideAll(
  tx: EntityManager,
  sendings: readonly Sending[],
): Promise<Taken[] | CommitWith<Taken[] | Refusal<'OVERTAKEN'>>> {
  const readable = sendings.flatMap(({ sent }) =>
    sent.filter((event): event is SentEvent => !(event instanceof Refusal)),
  );
  const { trackers, known: found } = await loadForDecision(tx, readable);
  const known = new Map<string, Omit<KnownRow, 'id'> & { id: string | null }>(found);
  const decided = sendings.map(({ sent, now }) => {
    const fresh: NewIntake[] = [];
    const decisions = sent.map((event): Decided => {
      if (event instanceof Refusal) return { decision: event, key: '', storedId: null };
      const tracker = trackers.get(event.trackerId) ?? null;
      const accountId = tracker?.accountId ?? '';
      const key = keyOf({ accountId, senderKey: event.senderKey });
      const one = known.get(key) ?? null;
      const decision = decide(event, tracker, one, now);
      if (decision === 'CHARGE') {
        fresh.push({ ...event, id: newId(), accountId });
        const occurredAt = one?.occurredAt ?? event.occurredAt;
        known.set(key, { ...event, state: 'ASKED', id: null, accountId, occurredAt });
      }
      return { decision, key, storedId: decision === 'REPLAY' ? (one?.id ?? null) : null };
    });
    return { decisions, fresh };
  });

  /** By call, in the order of its input: the last credits go to the first events. */
  const leave = (rows: readonly IntakeRow[]): Taken[] => {
    const byKey = new Map(rows.map((row) => [keyOf(row), row]));
    return decided.map(({ decisions, fresh }) => ({
      decisions,
      intake: new Map(fresh.flatMap((event) => byKey.get(keyOf(event)) ?? []).map((row) => [keyOf(row), row])),
    }));
  };
  const all = decided.flatMap(({ fresh }) => fresh);
  if (all.length === 0) return leave([]);
  const [{ now, budgetKey }] = sendings as [Sending];
  return new CommitWith<Taken[] | Refusal<'OVERTAKEN'>>(
    [
      insertIntake(all, { credits: CREDITS_PER_EVENT, key: budgetKey, now, realNow: new Date() }),
      assertNotRecorded(all),
    ],
    ([rows]) => leave(rows as IntakeRow[]),
    {
      refusal: (error) => (isOvertaken(error) ? (OVERTAKEN as Refusal<'OVERTAKEN'>) : null),
      // Charge and settling follow, of every call of these, and the last of their commits waits for the disk.
      asyncCommit: decided.every(({ fresh }) => fresh.length > 0),
    },
  );
}

/**
 * Nothing is acknowledged before billing has answered. Without an answer the intake stays: a repetition, or the sweep,
 * asks again.
 */
async function chargeAll(sendings: readonly Sending[], all: readonly Taken[]): Promise<Recorded[]> {
  const [{ ctx }] = sendings as [Sending];
  const intake = all.flatMap((taken) => [...taken.intake.values()]);
  const settled = await chargeIntake(ctx, 'store charged events', intake).catch((error: unknown) => {
    ctx.log.warn({ err: error }, 'events wait for their charge');
    return unavailable('Charging is briefly unavailable. Send the same events again: nothing is charged twice.');
  });
  return all.map((taken) => ({ taken, settled }));
}

/** What the sender is told. Of several with one id in a call the first is ACCEPTED and the others are its replays. */
function answer(
  eventId: string,
  { decision, key, storedId }: Decided,
  { intake }: Taken,
  settled: Map<string, Settlement>,
  accepted: Set<string>,
): EventAnswer {
  if (decision instanceof Refusal) return { eventId, outcome: 'REFUSED', id: null, refusal: decision };
  if (decision === 'REPLAY') return { eventId, outcome: 'REPLAYED', id: storedId, refusal: null };
  const row = intake.get(key);
  // It waits for another tracker or instant, which somebody sent at the same moment.
  if (row === undefined) return { eventId, outcome: 'REFUSED', id: null, refusal: eventIdReused() };
  const settlement = settled.get(row.id);
  if (settlement === 'OVER_BUDGET') return { eventId, outcome: 'REFUSED', id: null, refusal: budgetUsedUp() };
  if (settlement === 'NO_WALLET') return { eventId, outcome: 'REFUSED', id: null, refusal: accountOpening() };
  if (settlement === 'REFUSED' || settlement === undefined) {
    return { eventId, outcome: 'REFUSED', id: null, refusal: noCredit() };
  }
  if (settlement === 'RECORDED' || accepted.has(row.id))
    return { eventId, outcome: 'REPLAYED', id: row.id, refusal: null };
  accepted.add(row.id);
  return { eventId, outcome: 'ACCEPTED', id: row.id, refusal: null };
}
