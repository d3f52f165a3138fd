import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLine } from '@comptoir/shared/values/text.ts';
import type { TrackerRow } from './trackerTables.ts';

export const MAX_NAME_LENGTH = 200;
export const MAX_COPIES = 1_000;
export const MAX_SWITCHED = 1_000;

/** A tracker's name without blanks around it, or a refusal. `field` is where the caller wrote it. */
export function readName(text: string, field: string[]): string | Refusal<'NAME_NOT_READABLE'> {
  const name = text.trim();
  if (name !== '' && [...name].length <= MAX_NAME_LENGTH && isLine(name)) return name;
  return new Refusal('NAME_NOT_READABLE', `A name has 1 to ${MAX_NAME_LENGTH} characters.`, field);
}

/**
 * The names of so many copies: `names`, when they are given, otherwise the tracker's own with a number, shortened to
 * fit.
 */
export function copyNames(
  name: string,
  copies: number,
  names: readonly string[] | null,
): string[] | Refusal<'NAME_NOT_READABLE'> {
  if (names === null) {
    return Array.from({ length: copies }, (_, at) => {
      const ending = ` (${at + 2})`;
      return [...name].slice(0, MAX_NAME_LENGTH - ending.length).join('') + ending;
    });
  }
  const read = names.map((text, at) => readName(text, ['input', 'names', String(at)]));
  return read.find((one) => one instanceof Refusal) ?? (read as string[]);
}

/** Whether so many copies with these names can be made at all; null when they can. */
export function refusesCopies(
  copies: number,
  names: readonly string[] | null,
): Refusal<'COPIES_OUT_OF_BOUNDS' | 'NAMES_DO_NOT_MATCH'> | null {
  if (copies < 1 || copies > MAX_COPIES) {
    return new Refusal('COPIES_OUT_OF_BOUNDS', `Ask for 1 to ${MAX_COPIES} copies a call.`, ['input', 'copies'], 'U18');
  }
  if (names !== null && names.length !== copies) {
    return new Refusal('NAMES_DO_NOT_MATCH', `Give ${copies} names, one per copy, or none.`, ['input', 'names']);
  }
  return null;
}

export type TrackerActionName = 'ACTIVATE' | 'DEACTIVATE' | 'RENAME' | 'DUPLICATE' | 'OFFER';

/**
 * What somebody can do with a tracker. `writes`: they may write to it; `owns`: they act for its account; `taken`: it is
 * in a delegation.
 */
export function trackerActions(
  tracker: TrackerRow,
  { writes, owns, taken }: { writes: boolean; owns: boolean; taken: boolean },
): { action: TrackerActionName; allowed: boolean; reason: string | null }[] {
  const readOnly = writes ? null : 'You may look at this tracker, not change it.';
  const reasons: Record<TrackerActionName, string | null> = {
    ACTIVATE: readOnly ?? (tracker.status === 'ACTIVE' ? 'It is active already.' : null),
    DEACTIVATE: readOnly ?? (tracker.status === 'INACTIVE' ? 'It is inactive already.' : null),
    RENAME: readOnly,
    DUPLICATE: readOnly,
    OFFER:
      readOnly ??
      (owns ? (taken ? 'It is offered or taken over already.' : null) : 'Only the account that owns it offers it.'),
  };
  return Object.entries(reasons).map(([action, reason]) => ({
    action: action as TrackerActionName,
    allowed: reason === null,
    reason,
  }));
}
