import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { expect, test } from '@jest/globals';
import type { TrackerRow } from '../trackers/trackerTables.ts';
import { decide, type KnownEvent, readEvent, type SentEvent } from './event.ts';

const now = new Date('2026-11-22T12:00:00Z');
const ago = (ms: number): Date => new Date(now.getTime() - ms);
const DAYS_7 = 7 * 86_400_000;
const MINUTES_5 = 5 * 60_000;

const trackerId = '019aa000-0000-7000-8000-000000000001';
const active = { id: trackerId, status: 'ACTIVE', kind: 'QR_CODE' } as TrackerRow;
const inactive = { ...active, status: 'INACTIVE' } as TrackerRow;
const secureKey = { ...active, kind: 'SECURE_KEY' } as TrackerRow;
const sent = (of: Partial<SentEvent> = {}): SentEvent => ({
  senderKey: 'e',
  trackerId,
  kind: 'SCAN',
  occurredAt: now,
  timed: true,
  data: null,
  ...of,
});
const known = (state: KnownEvent['state'], of: Partial<KnownEvent> = {}): KnownEvent => ({
  state,
  trackerId,
  occurredAt: now,
  ...of,
});
const old = sent({ occurredAt: ago(DAYS_7 + 1) });
const other = known('RECORDED', { trackerId: 'another' });

// In order of precedence: each row would also meet every condition below it that it can.
test.each([
  ['P no tracker', old, null, other, 'TRACKER_NOT_FOUND'],
  [
    'P stored: whatever its tracker and instant',
    old,
    inactive,
    known('RECORDED', { occurredAt: old.occurredAt }),
    'REPLAY',
  ],
  ['P waiting: asked for again', old, inactive, known('PENDING', { occurredAt: old.occurredAt }), 'CHARGE'],
  ['P earlier in the call', sent(), active, known('ASKED'), 'FOLLOW'],
  [
    'P repeated without an instant',
    sent({ timed: false }),
    active,
    known('RECORDED', { occurredAt: ago(1) }),
    'REPLAY',
  ],
  ['U17 not of its kind', sent({ kind: 'PRESS', occurredAt: old.occurredAt }), inactive, other, 'KIND_DOES_NOT_FIT'],
  ['U20 inactive', old, inactive, other, 'TRACKER_INACTIVE'],
  ['U20 inactive key', old, { ...secureKey, status: 'INACTIVE' as const }, other, 'TRACKER_INACTIVE'],
  ['U17 key without registration', old, secureKey, other, 'KEY_NOT_REGISTERED'],
  ['too old', old, active, other, 'TOO_OLD'],
  ['as old as can be', sent({ occurredAt: ago(DAYS_7) }), active, null, 'CHARGE'],
  ['too early', sent({ occurredAt: ago(-MINUTES_5 - 1) }), active, other, 'TOO_EARLY'],
  ['as early as can be', sent({ occurredAt: ago(-MINUTES_5) }), active, null, 'CHARGE'],
  ['P stored for another tracker', sent(), active, other, 'EVENT_ID_REUSED'],
  ['P waiting for another instant', sent(), active, known('PENDING', { occurredAt: ago(1) }), 'EVENT_ID_REUSED'],
  ['U03 new', sent(), active, null, 'CHARGE'],
])('%s', (_title, event, tracker, one, expected) => {
  const decision = decide(event, tracker, one, now);
  expect(decision instanceof Refusal ? decision.code : decision).toBe(expected);
});

test.each([
  ['QR_CODE', ['SCAN', 'FORM']],
  ['SECURE_KEY', ['SCAN', 'FORM']],
  ['BUTTON', ['PRESS']],
] as const)('U17 U21 a %s takes %j and nothing else', (kind, fitting) => {
  const fits = (['SCAN', 'PRESS', 'FORM'] as const).filter((one) => {
    const decision = decide(sent({ kind: one }), { status: 'ACTIVE', kind }, null, now);
    return !(decision instanceof Refusal) || decision.code !== 'KIND_DOES_NOT_FIT';
  });
  expect(fits).toEqual(fitting);
});

const input = { eventId: 'e', trackerId, kind: 'SCAN' as const };

test.each([
  ['an empty id', { ...input, eventId: '' }],
  ['an id of 201 characters', { ...input, eventId: 'x'.repeat(201) }],
  ['an id with NUL', { ...input, eventId: 'a\0b' }],
  ['an id with half a character', { ...input, eventId: '\ud83d' }],
  ['data over 8 kB', { ...input, data: 'é'.repeat(4_096) }],
  ['data with NUL', { ...input, data: { a: ['\0'] } }],
  ['data with half a character', { ...input, data: { '\ude00': 1 } }],
])('%s is not readable', (_title, event) => {
  expect(readEvent(event, now)).toMatchObject({ code: 'EVENT_NOT_READABLE' });
});

test.each([['\\u0000 written out'], ['\\'], ['😀'], ['\\\\u0000'], ['\\ud83d']])(
  'the text %j is data like any other',
  (text) => {
    expect(readEvent({ ...input, data: { text } }, now)).toMatchObject({ data: JSON.stringify({ text }) });
  },
);

test('an event without an instant happened now', () => {
  expect(readEvent(input, now)).toMatchObject({ occurredAt: now, timed: false });
});
