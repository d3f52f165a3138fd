import { expect, test } from '@jest/globals';
import { endingOf, readWish, refusesWay, type Way } from './loginAs.ts';
import type { LoginAsRow } from './loginAsTables.ts';

test.each<{ reason: string; minutes: number; code: string | undefined }>`
  reason              | minutes | code
  ${'ticket 4711'}    | ${60}   | ${undefined}
  ${'abc'}            | ${1}    | ${undefined}
  ${'x'.repeat(500)}  | ${30}   | ${undefined}
  ${'two\nlines'}     | ${30}   | ${undefined}
  ${''}               | ${30}   | ${'REASON_NOT_READABLE'}
  ${'  ab  '}         | ${30}   | ${'REASON_NOT_READABLE'}
  ${'x'.repeat(501)}  | ${30}   | ${'REASON_NOT_READABLE'}
  ${'with\u0000zero'} | ${30}   | ${'REASON_NOT_READABLE'}
  ${''}               | ${61}   | ${'REASON_NOT_READABLE'}
  ${'ticket 4711'}    | ${61}   | ${'MINUTES_NOT_READABLE'}
  ${'ticket 4711'}    | ${0}    | ${'MINUTES_NOT_READABLE'}
  ${'ticket 4711'}    | ${-1}   | ${'MINUTES_NOT_READABLE'}
`('N12 the reason $reason for $minutes minutes gives $code', ({ reason, minutes, code }) => {
  const read = readWish({ reason, minutes });
  expect('code' in read ? read.code : undefined).toBe(code);
});

test.each<Way & { secondFactor?: true; code: string | undefined }>`
  linked   | granted  | ownNetworks         | networks          | asksSecondFactor | secondFactor | cancelled | code
  ${true}  | ${true}  | ${[]}               | ${[]}             | ${false}         | ${undefined} | ${false}  | ${undefined}
  ${true}  | ${true}  | ${[['10.0.0.0/8']]} | ${['10.0.0.0/8']} | ${false}         | ${undefined} | ${false}  | ${undefined}
  ${true}  | ${true}  | ${[]}               | ${[]}             | ${true}          | ${true}      | ${false}  | ${undefined}
  ${false} | ${true}  | ${[['11.0.0.0/8']]} | ${[]}             | ${true}          | ${undefined} | ${true}   | ${'ACCOUNT_NOT_FOUND'}
  ${true}  | ${false} | ${[]}               | ${['11.0.0.0/8']} | ${true}          | ${undefined} | ${true}   | ${'SECURITY_NOT_GRANTED'}
  ${true}  | ${true}  | ${[]}               | ${['11.0.0.0/8']} | ${true}          | ${undefined} | ${true}   | ${'ADDRESS_NOT_ALLOWED'}
  ${true}  | ${true}  | ${[['11.0.0.0/8']]} | ${[]}             | ${true}          | ${undefined} | ${true}   | ${'ADDRESS_NOT_ALLOWED'}
  ${true}  | ${true}  | ${[]}               | ${[]}             | ${true}          | ${undefined} | ${true}   | ${'SECOND_FACTOR_REQUIRED'}
  ${true}  | ${true}  | ${[]}               | ${[]}             | ${true}          | ${true}      | ${true}   | ${'ACCOUNT_CANCELLED'}
`(
  'A59 G11 N25 linked $linked, granted $granted, own $ownNetworks, networks $networks, second factor asked $asksSecondFactor there $secondFactor, cancelled $cancelled gives $code',
  ({ code, secondFactor, ...way }) => {
    const by = { address: '10.1.2.3', ...(secondFactor === undefined ? {} : { secondFactor }) };
    expect(refusesWay(way, by)?.code).toBe(code);
  },
);

test('N12 a log-in-as ends by its client, its actor, or its time', () => {
  const at = new Date();
  const later = new Date(at.getTime() + 1_000);
  const row = { actorUserId: 'a', until: later, endedAt: null, endedBy: null, accountCancelled: false } as LoginAsRow;
  expect(endingOf(row, at)).toBeNull();
  expect(endingOf(row, later)).toEqual({ by: 'TIME', at: later });
  expect(endingOf({ ...row, endedAt: at, endedBy: 'c' }, later)).toEqual({ by: 'CLIENT', at });
  expect(endingOf({ ...row, endedAt: at, endedBy: 'a' }, later)).toEqual({ by: 'ACTOR', at });
  expect(endingOf({ ...row, endedAt: at, endedBy: 'c', accountCancelled: true }, later)).toEqual({
    by: 'ACCOUNT_CANCELLED',
    at,
  });
});
