import { expect, test } from '@jest/globals';
import { nextStep } from './nextStep.ts';

const NOW = new Date('2026-11-22T10:00:00Z');
const ago = (minutes: number | null): Date | null =>
  minutes === null ? null : new Date(NOW.getTime() - minutes * 60_000);

/** Minutes since it was recorded, asked for, and since it needs an action. */
test.each<{
  state: 'PENDING' | 'NEEDS_ACTION';
  present: boolean;
  made: number;
  asked: number | null;
  action: number | null;
  step: string;
}>`
  state             | present  | made     | asked   | action  | step
  ${'PENDING'}      | ${true}  | ${0}     | ${null} | ${null} | ${'CHARGE'}
  ${'PENDING'}      | ${true}  | ${59}    | ${null} | ${null} | ${'CHARGE'}
  ${'PENDING'}      | ${true}  | ${60}    | ${null} | ${null} | ${'CANCEL'}
  ${'PENDING'}      | ${true}  | ${59}    | ${1}    | ${null} | ${'FIND_OR_CHARGE'}
  ${'PENDING'}      | ${true}  | ${60}    | ${1}    | ${null} | ${'CANCEL'}
  ${'PENDING'}      | ${false} | ${99999} | ${null} | ${null} | ${'CHARGE'}
  ${'PENDING'}      | ${false} | ${1199}  | ${1}    | ${null} | ${'FIND_OR_CHARGE'}
  ${'PENDING'}      | ${false} | ${1200}  | ${1}    | ${null} | ${'CANCEL'}
  ${'NEEDS_ACTION'} | ${true}  | ${90}    | ${1}    | ${59}   | ${'FIND'}
  ${'NEEDS_ACTION'} | ${true}  | ${90}    | ${1}    | ${60}   | ${'CANCEL'}
  ${'NEEDS_ACTION'} | ${false} | ${1300}  | ${1}    | ${1199} | ${'FIND'}
  ${'NEEDS_ACTION'} | ${false} | ${1300}  | ${1}    | ${1200} | ${'CANCEL'}
`('$state, present $present, recorded $made, asked $asked, waiting $action minutes ago: $step', (row) => {
  const payment = {
    state: row.state,
    present: row.present,
    createdAt: ago(row.made) as Date,
    askedAt: ago(row.asked),
    actionSince: ago(row.action),
  };
  expect(nextStep(payment, NOW)).toBe(row.step);
});
