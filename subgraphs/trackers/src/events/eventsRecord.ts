import { isPreview, previewNotPossible } from '@comptoir/shared/database/preview.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import {
  accountOpening,
  budgetUsedUp,
  type EventAnswer,
  eventIdReused,
  MAX_EVENTS,
  noCredit,
  readEvent,
} from './event.ts';
import type { IntakeKey } from './intakeStore.ts';
import { recordEvents, type Settlement, type Taken } from './recordEvents.ts';
import type { Decided } from './sentEvents.ts';

export const eventsRecord: MutationResolvers['eventsRecord'] = async (_root, { input }, ctx) => {
  const refused = refusesSize(input.events.length);
  if (refused !== null) return { results: [], accepted: 0, replayed: 0, refused: 0, userErrors: [refused] };

  // The charge is billing's, and could not be taken back.
  if (isPreview(ctx.viewer)) throw previewNotPossible();

  const sent = input.events.map((event) => readEvent(event, ctx.now));
  const { taken, settled } = await recordEvents(ctx, { sent, now: ctx.now, budgetKey: budgetKeyOf(ctx.viewer) });

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

/** The key that asks, where it has a budget (N11). */
const budgetKeyOf = (viewer: Viewer): IntakeKey | null =>
  viewer.kind === 'KEY' && viewer.creditBudget !== undefined
    ? { id: viewer.keyId, accountId: viewer.accountId, budget: viewer.creditBudget }
    : null;

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
