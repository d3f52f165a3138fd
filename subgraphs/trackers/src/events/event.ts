import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isStorable } from '@comptoir/shared/values/text.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { TrackerKind, TrackerRow } from '../trackers/trackerTables.ts';
import type { EventKind } from './eventTables.ts';

/** What an accepted event costs (PER_EVENT). */
export const CREDITS_PER_EVENT = 1;
export const MAX_EVENTS = 1_000;

const MAX_KEY_LENGTH = 200;
const MAX_DATA_BYTES = 8_192;
const OLDEST_MS = 7 * 86_400_000;
const EARLIEST_MS = 5 * 60_000;

export type EventRefusal = Refusal<
  | 'EVENT_NOT_READABLE'
  | 'TRACKER_NOT_FOUND'
  | 'KIND_DOES_NOT_FIT'
  | 'TRACKER_INACTIVE'
  | 'KEY_NOT_REGISTERED'
  | 'TOO_OLD'
  | 'TOO_EARLY'
  | 'EVENT_ID_REUSED'
  | 'ACCOUNT_OPENING'
  | 'NO_CREDIT'
  | 'BUDGET_USED_UP'
>;

/** What can happen to each kind of tracker (U17, U21): a code is scanned and leads to a form, a button is pressed. */
const FITTING: Record<TrackerKind, readonly EventKind[]> = {
  QR_CODE: ['SCAN', 'FORM'],
  SECURE_KEY: ['SCAN', 'FORM'],
  BUTTON: ['PRESS'],
};

/** An event as it was sent, readable. */
export type SentEvent = {
  senderKey: string;
  trackerId: string;
  kind: EventKind;
  occurredAt: Date;
  /** Whether the sender named the instant: one that it left out is no contradiction to an earlier one. */
  timed: boolean;
  /** JSON text, or null. */
  data: string | null;
};

/**
 * What is known of an event id in the tracker's account: an event, an intake that waits for its charge, or one earlier
 * in the same call.
 */
export type KnownEvent = {
  state: 'RECORDED' | 'PENDING' | 'ASKED';
  trackerId: string;
  occurredAt: Date;
};

/**
 * CHARGE: ask for the charge (again). REPLAY: it is stored. FOLLOW: whatever becomes of the one that came first in this
 * call.
 */
export type Decision = 'CHARGE' | 'REPLAY' | 'FOLLOW' | EventRefusal;

/** What the sender is told of one event. */
export type EventAnswer = {
  eventId: string;
  outcome: 'ACCEPTED' | 'REPLAYED' | 'REFUSED';
  /** Of the stored event. */
  id: string | null;
  refusal: EventRefusal | null;
};

/** Reads one event of the input; without an instant it happened now. */
export function readEvent(
  input: { eventId: string; trackerId: string; kind: EventKind; occurredAt?: Date | null; data?: unknown },
  now: Date,
): SentEvent | EventRefusal {
  const { eventId } = input;
  if (eventId === '' || [...eventId].length > MAX_KEY_LENGTH || !isStorable(eventId)) {
    return new Refusal('EVENT_NOT_READABLE', `An event id has 1 to ${MAX_KEY_LENGTH} characters.`);
  }
  const data = input.data == null ? null : JSON.stringify(input.data);
  if (data !== null && Buffer.byteLength(data) > MAX_DATA_BYTES) {
    return new Refusal('EVENT_NOT_READABLE', `The data is larger than ${MAX_DATA_BYTES} bytes as JSON.`);
  }
  if (data !== null && hasUnstorableEscape(data)) {
    return new Refusal('EVENT_NOT_READABLE', 'The data holds characters that cannot be stored.');
  }
  const trackerId = readId(input.trackerId);
  if (trackerId === null) return trackerNotFound();
  const occurredAt = input.occurredAt ?? now;
  return { senderKey: eventId, trackerId, kind: input.kind, occurredAt, timed: input.occurredAt != null, data };
}

/**
 * JSON.stringify escapes NUL and lone halves of surrogate pairs, which PostgreSQL's jsonb refuses. An even number of
 * backslashes before is text.
 */
const hasUnstorableEscape = (json: string): boolean => /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i.test(json);

/**
 * What is to be done with an event. One that is known already is answered by what it is, whatever has become of its
 * tracker since; a new one needs an active tracker of a kind that it can happen to, and an instant within bounds. A
 * secure key takes nothing before its physical code is registered to the account (U17), and codes are not registered
 * yet: so that it takes nothing at all.
 */
export function decide(
  event: SentEvent,
  tracker: Pick<TrackerRow, 'status' | 'kind'> | null,
  known: KnownEvent | null,
  now: Date,
): Decision {
  if (tracker === null) return trackerNotFound();
  if (known !== null && isSame(event, known)) {
    return ({ RECORDED: 'REPLAY', PENDING: 'CHARGE', ASKED: 'FOLLOW' } as const)[known.state];
  }
  if (!FITTING[tracker.kind].includes(event.kind)) {
    const fitting = FITTING[tracker.kind].join(' and ');
    return new Refusal(
      'KIND_DOES_NOT_FIT',
      `A ${tracker.kind} takes ${fitting} only. Nothing was recorded.`,
      null,
      'U17',
    );
  }
  if (tracker.status === 'INACTIVE') {
    return new Refusal('TRACKER_INACTIVE', 'This tracker is not active. Nothing was recorded or charged.', null, 'U20');
  }
  if (tracker.kind === 'SECURE_KEY') {
    const message =
      'No physical code is registered for this secure key: it takes no events before. Nothing was recorded.';
    return new Refusal('KEY_NOT_REGISTERED', message, null, 'U17');
  }
  const age = now.getTime() - event.occurredAt.getTime();
  if (age > OLDEST_MS) return new Refusal('TOO_OLD', 'Events are accepted for 7 days after they occurred.');
  if (-age > EARLIEST_MS) return new Refusal('TOO_EARLY', 'The event occurred more than 5 minutes ahead of our clock.');
  return known === null ? 'CHARGE' : eventIdReused();
}

const isSame = (event: SentEvent, known: KnownEvent): boolean =>
  event.trackerId === known.trackerId && (!event.timed || event.occurredAt.getTime() === known.occurredAt.getTime());

function trackerNotFound(): EventRefusal {
  return new Refusal('TRACKER_NOT_FOUND', 'There is no such tracker.');
}

export function eventIdReused(): EventRefusal {
  return new Refusal('EVENT_ID_REUSED', 'This event id belongs to an event of another tracker or instant.', null, 'P');
}

export function accountOpening(): EventRefusal {
  return new Refusal(
    'ACCOUNT_OPENING',
    'Whoever pays for this tracker has no wallet yet: a new account gets it within seconds. Nothing was stored; send the event again in a moment.',
    null,
    'U14',
  );
}

export function noCredit(): EventRefusal {
  return new Refusal(
    'NO_CREDIT',
    'Whoever pays for this tracker has no credit left. The event was not stored.',
    null,
    'P',
  );
}

export function budgetUsedUp(): EventRefusal {
  return new Refusal(
    'BUDGET_USED_UP',
    'The credit budget of this API key is used up. The event was not stored.',
    null,
    'N11',
  );
}
