import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { expect, test } from '@jest/globals';
import { DOORS, type Door, type Entry, enter } from './doors.ts';

type Row = { entries: Entry[]; accountId: string | null; address: string | null; outcome: string | null };

const a = { accountId: 'a', networks: [], accountNetworks: [] };
const office = { accountId: 'office', networks: ['10.0.0.0/8'], accountNetworks: [] };
const bank = { accountId: 'bank', networks: [], accountNetworks: ['2001:db8::/32'] };

test.each`
  rule     | entries        | accountId   | address           | outcome
  ${'O13'} | ${[a]}         | ${null}     | ${'192.0.2.1'}    | ${'a'}
  ${'O13'} | ${[a, office]} | ${null}     | ${'10.1.1.1'}     | ${null}
  ${'O13'} | ${[]}          | ${null}     | ${'10.1.1.1'}     | ${null}
  ${'O13'} | ${[a, office]} | ${'a'}      | ${null}           | ${'a'}
  ${'O13'} | ${[a]}         | ${'x'}      | ${'10.1.1.1'}     | ${'ACCOUNT_NOT_FOUND'}
  ${'G11'} | ${[a, office]} | ${'office'} | ${'10.1.1.1'}     | ${'office'}
  ${'G11'} | ${[a, office]} | ${'office'} | ${'192.0.2.1'}    | ${'ADDRESS_NOT_ALLOWED'}
  ${'G11'} | ${[office]}    | ${null}     | ${null}           | ${'ADDRESS_NOT_ALLOWED'}
  ${'G11'} | ${[bank]}      | ${null}     | ${'192.0.2.1'}    | ${'ADDRESS_NOT_ALLOWED'}
  ${'G11'} | ${[bank]}      | ${'bank'}   | ${'2001:db8::12'} | ${'bank'}
`('$rule choosing $accountId from $address gives $outcome', (row: unknown) => {
  const { entries, accountId, address, outcome } = row as Row;
  for (const door of Object.keys(DOORS) as Door[]) {
    const chosen = enter(door as 'LOG_IN', entries, accountId, address);
    const refused = outcome === 'ACCOUNT_NOT_FOUND' || outcome === 'ADDRESS_NOT_ALLOWED';
    const expected = refused && DOORS[door] === 'WITHOUT_ACCOUNT' ? null : outcome;
    expect([door, chosen instanceof Refusal ? chosen.code : (chosen?.accountId ?? null)]).toEqual([door, expected]);
  }
});
