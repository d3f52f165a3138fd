import { expect, test } from '@jest/globals';
import { compare, newRecord, type Outcome, type Sent, type StoredEvent } from './record.ts';

const sent: Sent = { eventId: 'e', trackerId: 'door', kind: 'SCAN' };
const answers = (outcome: Outcome['outcome'], id: string | null = null): Outcome[] => [
  { eventId: 'e', outcome, code: outcome === 'REFUSED' ? 'NO_CREDIT' : null, event: id === null ? null : { id } },
];
const row: StoredEvent = { id: 'one', senderKey: 'e', accountId: 'shop', trackerId: 'door', charges: 1 };

/** The judge itself is tried: each fault that it is there to find, and what only looks like one. */
test.each<[string, (Outcome[] | null)[], StoredEvent[], RegExp | null]>([
  ['accepted and stored', [answers('ACCEPTED', 'one')], [row], null],
  ['lost', [answers('ACCEPTED', 'one')], [], /lost/],
  ['a replay that is lost', [answers('REPLAYED', 'one')], [], /lost/],
  ['doubled', [answers('ACCEPTED', 'one')], [row, { ...row, id: 'two' }], /stored 2 times/],
  ['acknowledged twice as new', [answers('ACCEPTED'), answers('ACCEPTED')], [row], /accepted 2 times/],
  ['charged twice', [answers('ACCEPTED')], [{ ...row, charges: 2 }], /2 charges/],
  ['not charged', [answers('ACCEPTED')], [{ ...row, charges: 0 }], /0 charges/],
  ['under another id', [answers('ACCEPTED', 'two')], [row], /was told to be two/],
  ['in another account', [answers('ACCEPTED')], [{ ...row, accountId: 'other' }], /elsewhere/],
  ['refused and not stored', [answers('REFUSED')], [], null],
  ['refused and stored', [answers('REFUSED')], [row], /only ever refused/],
  ['refused, then accepted', [answers('REFUSED'), answers('ACCEPTED')], [row], null],
  ['not answered and stored', [null], [row], null],
  ['not answered and not stored', [null], [], null],
  ['not answered once, refused, stored by the first', [null, answers('REFUSED')], [row], null],
  ['never sent', [], [row], /never sent/],
])('%s', (_title, calls, stored, fault) => {
  const record = newRecord();
  for (const call of calls) {
    if (call === null) record.noteUnanswered('shop', [sent]);
    else record.note('shop', [sent], call);
  }
  const problems = compare(record, stored);
  if (fault === null) expect(problems).toEqual([]);
  else expect(problems.join('\n')).toMatch(fault);
});
