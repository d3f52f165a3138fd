import type { Areas } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { expect, test } from '@jest/globals';
import { type DelegationActionName, readSelection, refusesStep, step } from './delegation.ts';
import type { DelegationRow, DelegationStatus } from './delegationTables.ts';

const delegation = (status: DelegationStatus): DelegationRow =>
  ({ id: 'd', clientId: 'client', partnerId: 'partner', status, answeredBy: null, endedBy: null }) as DelegationRow;
const viewer = (accountId: string, areas: Areas): PersonViewer =>
  ({ kind: 'PERSON', userId: 'user', accountId, role: 'MEMBER', areas }) as PersonViewer;

const client = viewer('client', { TRACKERS: 'WRITE' });
const partner = viewer('partner', { BILLING: 'WRITE' });
const staff = viewer('provider', { TRACKERS: 'WRITE', BILLING: 'WRITE' });
const clientForBilling = viewer('client', { BILLING: 'WRITE' });
const partnerForTrackers = viewer('partner', { TRACKERS: 'WRITE' });
const partnerOfBranch: PersonViewer = { ...partner, branches: ['north'] };
const partnerReading = viewer('partner', { BILLING: 'READ' });

// In order of precedence: who is on the wrong side is told so before anything else.
test.each<[string, DelegationActionName, DelegationStatus, PersonViewer, string]>([
  ['U11', 'ACCEPT', 'OFFERED', partner, 'ACTIVE'],
  ['U11', 'ACCEPT', 'ENDED', client, 'NOT_YOURS_TO_ANSWER'],
  ['U11', 'ACCEPT', 'OFFERED', staff, 'NOT_YOURS_TO_ANSWER'],
  ['O10', 'ACCEPT', 'ENDED', partnerForTrackers, 'AREA_NEEDED'],
  ['O10', 'ACCEPT', 'OFFERED', partnerReading, 'AREA_NEEDED'],
  ['G12', 'ACCEPT', 'ENDED', partnerOfBranch, 'AREA_NEEDED'],
  ['U11', 'ACCEPT', 'ACTIVE', partner, 'NOT_WAITING'],
  ['U11', 'ACCEPT', 'WITHDRAWN', partner, 'NOT_WAITING'],
  ['U11', 'REFUSE', 'OFFERED', partner, 'REFUSED'],
  ['U11', 'REFUSE', 'ACTIVE', partner, 'NOT_WAITING'],
  ['U11', 'WITHDRAW', 'OFFERED', client, 'WITHDRAWN'],
  ['U11', 'WITHDRAW', 'OFFERED', partner, 'NOT_YOURS_TO_ANSWER'],
  ['U11', 'WITHDRAW', 'ACTIVE', client, 'NOT_WAITING'],
  ['U13', 'END', 'ACTIVE', client, 'ENDED'],
  ['F18', 'END', 'ACTIVE', partner, 'ENDED'],
  ['U13', 'END', 'ACTIVE', staff, 'NOT_YOURS_TO_ANSWER'],
  ['O10', 'END', 'ACTIVE', clientForBilling, 'AREA_NEEDED'],
  ['O10', 'END', 'ACTIVE', partnerForTrackers, 'AREA_NEEDED'],
  ['U13', 'END', 'OFFERED', client, 'NOT_WAITING'],
  ['U13', 'END', 'ENDED', partner, 'NOT_WAITING'],
])('%s %s from %s', (_rule, action, status, by, expected) => {
  const row = delegation(status);
  const refused = refusesStep(row, action, by);
  const after = step(row, action, by, new Date());
  expect(refused === null ? after.status : refused.code).toBe(expected);
});

test('U13 the end says who ended it and for which side; an answer does not', () => {
  const now = new Date();
  expect(step(delegation('ACTIVE'), 'END', partner, now)).toMatchObject({
    endedBy: 'user',
    endedByAccount: 'partner',
    endedAt: now,
  });
  expect(step(delegation('OFFERED'), 'ACCEPT', partner, now)).toMatchObject({
    answeredBy: 'user',
    answeredAt: now,
    endedBy: null,
  });
});

test.each([
  ['ALL', null, null],
  ['ALL', [], 'SCOPE_NOT_READABLE'],
  ['SELECTED', null, 'SCOPE_NOT_READABLE'],
  ['SELECTED', [], 'NO_TRACKERS'],
  ['SELECTED', Array(10_001).fill('x'), 'TOO_MANY_TRACKERS'],
  ['SELECTED', ['x'], ['x']],
] as const)('U09 U10 an offer of %s', (scope, ids, expected) => {
  const selection = readSelection(scope, ids);
  expect(selection === null || Array.isArray(selection) ? selection : (selection as { code: string }).code).toEqual(
    expected,
  );
});
