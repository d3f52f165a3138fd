import { createHash } from 'node:crypto';

export type DemoTracker = { id: string; kind: 'QR_CODE' | 'SECURE_KEY' | 'BUTTON' };

/** As `EventInput` wants it. */
export type DemoEvent = {
  eventId: string;
  trackerId: string;
  kind: 'SCAN' | 'PRESS' | 'FORM';
  /** RFC 3339, UTC. */
  occurredAt: string;
  data?: Record<string, unknown>;
};

export type DayOptions = {
  /** A whole number from 0 to 2^32 - 1. */
  seed: number;
  trackers: readonly DemoTracker[];
  /** How many lines, duplicates and strangers included. */
  events: number;
  /** The instant at which the day is over; it began 24 hours before. */
  end: Date;
};

const SHARE = { duplicates: 0.03, unknown: 0.01, forms: 0.08 } as const;
const HOUR_MS = 3_600_000;

/** How busy each hour of the day is, beside the others: quiet nights, people who arrive, eat and leave. */
const BUSY = [1, 1, 1, 1, 1, 2, 6, 14, 22, 18, 15, 18, 27, 22, 15, 14, 17, 24, 28, 22, 13, 8, 4, 2];

/** A secure key is scanned by no one: its physical code is not registered yet (U17). */
const VISITED = { QR_CODE: 4, SECURE_KEY: 0, BUTTON: 3 } as const;
const COMMENTS = ['Très bon accueil', 'Un peu d’attente', 'Rien à redire', 'Éclairage en panne', 'Merci !'] as const;

/**
 * A day of events as they arrive: in the order in which they happened, except for the duplicates, the same event a
 * second time with nothing changed, which come up to ten minutes late. About 3 % are duplicates, about 1 % name a
 * tracker that does not exist. Whether a tracker is active makes no difference: people scan what hangs on the wall.
 *
 * The same options give the same events, ids included. Any other seed, fleet, length or day gives other ids, because an
 * id that came back with another event would be refused.
 */
export function dayOfEvents({ seed, trackers, events, end }: DayOptions): DemoEvent[] {
  if (trackers.length === 0) throw new Error('There are no trackers to make events of.');
  const random = mulberry32(seed);
  const prefix = `demo-${seed}-${fingerprint({ seed, trackers, events, end })}`;
  const choose = chooser(
    trackers.map(({ kind }) => VISITED[kind] * (0.3 + random())),
    random,
  );
  const chooseHour = chooser(BUSY, random);

  const duplicates = Math.floor(events * SHARE.duplicates);
  const happened = Array.from({ length: events - duplicates }, () => ({
    at: Math.floor(end.getTime() - 24 * HOUR_MS + (chooseHour() + random()) * HOUR_MS),
    tracker: trackers[choose()] as DemoTracker,
  })).sort((one, other) => one.at - other.at);

  const arrivals = happened.map(({ at, tracker }, place) => {
    const unknown = random() < SHARE.unknown;
    const event: DemoEvent = {
      eventId: `${prefix}-${String(place + 1).padStart(6, '0')}`,
      trackerId: unknown ? strangerId(random) : tracker.id,
      ...whatHappened(tracker, random),
      occurredAt: new Date(at).toISOString(),
    };
    return { at, event };
  });
  for (let made = 0; made < duplicates; made += 1) {
    const { at, event } = arrivals[Math.floor(random() * happened.length)] as (typeof arrivals)[number];
    arrivals.push({ at: at + Math.floor(random() * 600_000), event });
  }
  // Stable: a duplicate that comes at the very instant of its first one still comes after it.
  return arrivals.sort((one, other) => one.at - other.at).map(({ event }) => event);
}

/** One JSON text per line, each with its line's end. */
export function* toNdjson(events: Iterable<DemoEvent>): Generator<string> {
  for (const event of events) yield `${JSON.stringify(event)}\n`;
}

function whatHappened({ kind }: DemoTracker, random: () => number): Pick<DemoEvent, 'kind' | 'data'> {
  if (kind === 'BUTTON') return { kind: 'PRESS' };
  if (random() >= SHARE.forms) return { kind: 'SCAN' };
  const rating = 1 + Math.floor(random() * 5);
  const comment = random() < 0.3 ? COMMENTS[Math.floor(random() * COMMENTS.length)] : undefined;
  return { kind: 'FORM', data: comment === undefined ? { rating } : { rating, comment } };
}

/** Returns places of the list, each as often as its weight says. */
function chooser(weights: readonly number[], random: () => number): () => number {
  let sum = 0;
  const upTo = weights.map((weight) => {
    sum += weight;
    return sum;
  });
  return () => {
    const drawn = random() * sum;
    return upTo.findIndex((bound) => drawn < bound);
  };
}

/**
 * A readable id that no tracker has: version 8 is for anyone who makes ids in a way of their own, and we make version
 * 7.
 */
function strangerId(random: () => number): string {
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-8${hex(3)}-a${hex(3)}-${hex(12)}`;
}

function fingerprint({ seed, trackers, events, end }: DayOptions): string {
  const all = JSON.stringify([seed, events, end.getTime(), trackers.map(({ id, kind }) => [id, kind])]);
  return createHash('sha256').update(all).digest('hex').slice(0, 10);
}

/**
 * Tommy Ettinger's 32-bit generator: a number in [0, 1) per call, the same row of them for the same seed on every
 * machine.
 */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
