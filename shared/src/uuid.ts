import { randomUUIDv7 } from 'node:crypto';

/** A new id. UUID v7 made by us, never by a caller: it sorts by creation and a unique violation on it tells nobody anything. */
export const newId = (): string => randomUUIDv7();

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The id in canonical form, or null when the text is none: an unreadable id is treated like an unknown one. */
export function readId(text: string): string | null {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? lower : null;
}
