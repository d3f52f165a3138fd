import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type Decision, decide, type EventRefusal, type KnownEvent, type SentEvent } from './event.ts';
import { type KnownRow, keyOf, type NewIntake, type WritableTracker } from './intakeStore.ts';

/** A decision with the key of its event (`keyOf`); `storedId` where the event is stored. */
export type Decided = { decision: Decision; key: string; storedId: string | null };

type Calls = readonly { sent: readonly (SentEvent | EventRefusal)[]; now: Date }[];

/**
 * Decides the events of several calls, in their order: one that came earlier, in the same call or before it, is known
 * to those after it. Returns per call a decision for each event, and those that are to be charged.
 */
export function decideSent(
  calls: Calls,
  trackers: ReadonlyMap<string, WritableTracker>,
  stored: ReadonlyMap<string, KnownRow>,
): { decisions: Decided[]; fresh: NewIntake[] }[] {
  const known = new Map<string, KnownEvent & { id: string | null }>(stored);
  return calls.map(({ sent, now }) => {
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
        known.set(key, { ...event, state: 'ASKED', id: null, occurredAt: one?.occurredAt ?? event.occurredAt });
      }
      return { decision, key, storedId: decision === 'REPLAY' ? (one?.id ?? null) : null };
    });
    return { decisions, fresh };
  });
}
