import { randomFillSync } from 'node:crypto';

/**
 * The counter has 12 bits; a new millisecond begins in its lower half, so that at least 2,048 ids follow before it is
 * full.
 */
const COUNTERS = 0x1000;
/**
 * Hexadecimal digits of chance for an id: four that a counter begins with, sixteen for the end. Drawn for many ids at a
 * time.
 */
const DIGITS = 20;
const POOL = Buffer.alloc((DIGITS / 2) * 512);

/** What ids are made from; given by tests, so that a clock may stand still or go back. */
export type IdSource = { now(): number; random(bytes: Uint8Array): void };

/**
 * Makes ids that sort by their creation, within this one process: UUID v7 with a fixed-length counter in `rand_a` (RFC
 * 9562, section 6.2, method 1) and 62 random bits that are drawn anew for every id, so that one id says nothing about
 * the next.
 * - In a millisecond that has had an id, and while the clock is behind the newest id, the counter goes up under the
 *   newest millisecond.
 * - A counter that is full takes the millisecond after it, ahead of the clock.
 *
 * Two processes share no counter: **ids of different processes have no order**. What needs an order across processes
 * has a column for it, or a lock.
 */
export function makeIds({ now, random }: IdSource): () => string {
  let pool = '';
  let at = 0;
  let ms = -1;
  let time = '';
  let counter = 0;
  return () => {
    if (at === pool.length) {
      random(POOL);
      pool = POOL.toString('hex');
      at = 0;
    }
    const current = now();
    const full = counter + 1 === COUNTERS;
    if (current > ms || full) {
      ms = current > ms ? current : ms + 1;
      time = ms.toString(16).padStart(12, '0');
      time = `${time.slice(0, 8)}-${time.slice(8)}`;
      counter = Number.parseInt(pool.slice(at, at + 4), 16) % (COUNTERS / 2);
    } else {
      counter += 1;
    }
    const end = at + DIGITS;
    // Version 7 before the counter, variant 10 before the chance.
    const variant = ((Number.parseInt(pool[at + 4] as string, 16) & 0x3) | 0x8).toString(16);
    const id = `${time}-${(0x7000 | counter).toString(16)}-${variant}${pool.slice(at + 5, at + 8)}-${pool.slice(at + 8, end)}`;
    at = end;
    return id;
  };
}

/**
 * A new id. Made by us, never by a caller: it sorts by creation within this process, and a unique violation on it tells
 * no one anything.
 */
export const newId: () => string = makeIds({ now: Date.now, random: randomFillSync });

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The id in canonical form, or null when the text is none: an unreadable id is treated like an unknown one. */
export function readId(text: string): string | null {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? lower : null;
}
