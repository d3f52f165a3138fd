import { unavailable } from '@comptoir/shared/errors.ts';
import { isPreview, previewNotPossible } from '@comptoir/shared/preview.ts';
import { Refusal } from '@comptoir/shared/refusal.ts';
import type { SharedWrite } from '@comptoir/shared/sharedWrite.ts';
import { newId } from '@comptoir/shared/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { holdPayers } from '../delegations/delegationStore.ts';
import { findWritable } from '../trackers/trackerStore.ts';
import { chargeIntake, MANY, type Settlement } from './charging.ts';
import {
  budgetUsedUp,
  CREDITS_PER_EVENT,
  type Decision,
  decide,
  type EventAnswer,
  type EventRefusal,
  eventIdReused,
  MOST_EVENTS,
  noCredit,
  readEvent,
  type SentEvent,
} from './event.ts';
import {
  anyRecorded,
  findKnown,
  type IntakeKey,
  type IntakeRow,
  type KnownRow,
  keyOf,
  type NewIntake,
  takeIn,
} from './intakeStore.ts';

export const eventsRecord: MutationResolvers['eventsRecord'] = async (_root, { input }, ctx) => {
  const refused = refusesSize(input.events.length);
  if (refused !== null) return { results: [], accepted: 0, replayed: 0, refused: 0, userErrors: [refused] };

  // The charge is billing's, and could not be taken back.
  if (isPreview(ctx.viewer)) throw previewNotPossible();

  const sent = input.events.map((event) => readEvent(event, ctx.now));
  const taken = await takeAll(ctx, sent);
  const settled = await charge(ctx, [...taken.intake.values()]);

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
  if (events > MOST_EVENTS) return new Refusal('TOO_MANY_EVENTS', `Send at most ${MOST_EVENTS} events a call.`, field);
  return null;
}

/** A decision with the key of its event; `storedId` where the event is stored. */
type Decided = { decision: Decision; key: string; storedId: string | null };
/** What the first transaction leaves: a decision per event of the input, and by key the intake to be charged. */
type Taken = { decisions: Decided[]; intake: Map<string, IntakeRow> };

/** An event that was found nowhere was stored a moment later by somebody else: the whole transaction is repeated and finds it. */
const OVERTAKEN = new Refusal('OVERTAKEN', 'Another call stored the same event meanwhile.');

async function takeAll(ctx: SubgraphContext, sent: readonly (SentEvent | EventRefusal)[]): Promise<Taken> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const sending = { sent, now: ctx.now, budgetKey: keyOfViewer(ctx.viewer) };
    const taken = await (sent.length < MANY ? ctx.writeShared(INTAKE, sending) : takeAlone(ctx, sending));
    if (!(taken instanceof Refusal)) return taken;
  }
  throw unavailable('Other calls keep sending the same events. Send them again.');
}

async function takeAlone(ctx: SubgraphContext, sending: Sending): Promise<Taken | Refusal<'OVERTAKEN'>> {
  return await ctx.write(async (tx) => {
    const all = await decideAll(tx, [sending]);
    return all instanceof Refusal ? all : (all[0] as Taken);
  });
}

/** The key that asks, where it has a budget (N11). */
const keyOfViewer = (viewer: Viewer): IntakeKey | null =>
  viewer.kind === 'KEY' && viewer.creditBudget !== undefined
    ? { id: viewer.keyId, accountId: viewer.accountId, budget: viewer.creditBudget }
    : null;

/** What one call sends. */
type Sending = { sent: readonly (SentEvent | EventRefusal)[]; now: Date; budgetKey: IntakeKey | null };

/** The calls of one script, many at once, are taken in together. Two with the same event id are not: the later one finds what the earlier one left. */
const INTAKE: SharedWrite<Sending, Taken> = {
  work: decideAll,
  weight: ({ sent }) => sent.length,
  keys: ({ sent }) => sent.flatMap((event) => (event instanceof Refusal ? [] : [event.senderKey])),
  most: MOST_EVENTS,
};

/** Looks, decides by the rules, and leaves what is to be charged waiting. Five statements, however many events there are. */
async function decideAll(tx: EntityManager, sendings: readonly Sending[]): Promise<Taken[] | Refusal<'OVERTAKEN'>> {
  const readable = sendings.flatMap(({ sent }) =>
    sent.filter((event): event is SentEvent => !(event instanceof Refusal)),
  );
  const trackerIds = [...new Set(readable.map(({ trackerId }) => trackerId))];
  const trackers = new Map(
    (trackerIds.length === 0 ? [] : await findWritable(tx, trackerIds)).map((tracker) => [tracker.id, tracker]),
  );
  const accountIds = [...new Set([...trackers.values()].map(({ accountId }) => accountId))];
  if (accountIds.length > 0) await holdPayers(tx, accountIds);

  const keys = readable.flatMap(({ trackerId, senderKey }) => {
    const accountId = trackers.get(trackerId)?.accountId;
    return accountId === undefined ? [] : { accountId, senderKey };
  });
  const found = keys.length === 0 ? [] : await findKnown(tx, keys);
  const known = new Map<string, Omit<KnownRow, 'id'> & { id: string | null }>(found.map((row) => [keyOf(row), row]));
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

  const fresh = decided.flatMap((one) => one.fresh);
  const [{ now, budgetKey }] = sendings as [Sending];
  const rows =
    fresh.length === 0
      ? []
      : await takeIn(tx, fresh, { credits: CREDITS_PER_EVENT, key: budgetKey, now, realNow: new Date() });
  // Whoever stored the same event between our look and our intake deleted its intake with it, so ours came out new.
  const first = rows.filter(({ attempt }) => attempt === 1);
  if (first.length > 0 && (await anyRecorded(tx, first))) return OVERTAKEN as Refusal<'OVERTAKEN'>;
  // In the order of the input: the last credits go to the first events.
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return decided.map((one) => ({
    decisions: one.decisions,
    intake: new Map(one.fresh.flatMap((event) => byKey.get(keyOf(event)) ?? []).map((row) => [keyOf(row), row])),
  }));
}

/** Nothing is acknowledged before billing has answered. Without an answer the intake stays: a repetition, or the sweep, asks again. */
async function charge(ctx: SubgraphContext, intake: readonly IntakeRow[]): Promise<Map<string, Settlement>> {
  try {
    return await chargeIntake(ctx, 'store charged events', intake);
  } catch (error) {
    ctx.log.warn({ err: error }, 'events wait for their charge');
    throw unavailable('Charging is briefly unavailable. Send the same events again: nothing is charged twice.');
  }
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
  if (settlement === 'REFUSED' || settlement === undefined) {
    return { eventId, outcome: 'REFUSED', id: null, refusal: noCredit() };
  }
  if (settlement === 'RECORDED' || accepted.has(row.id))
    return { eventId, outcome: 'REPLAYED', id: row.id, refusal: null };
  accepted.add(row.id);
  return { eventId, outcome: 'ACCEPTED', id: row.id, refusal: null };
}
