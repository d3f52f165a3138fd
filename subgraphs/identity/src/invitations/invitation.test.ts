import { ALL_AREAS, type Areas } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { expect, test } from '@jest/globals';
import {
  coolsUntil,
  EVERYTHING,
  invitationActions,
  readRoleAreas,
  refusesGift,
  refusesResend,
  statusOf,
} from './invitation.ts';
import type { StoredStatus } from './invitationTables.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);
const invitation = (status: StoredStatus) => ({ status, askedAt: at(0), expiresAt: at(7 * 86_400) });

test.each([
  ['PENDING', 7 * 86_400 - 1, 'PENDING'],
  ['INVITATION_SENT', 7 * 86_400, 'EXPIRED'],
  ['PENDING', 7 * 86_400, 'EXPIRED'],
  ['ACCEPTED', 8 * 86_400, 'ACCEPTED'],
  ['WITHDRAWN', 8 * 86_400, 'WITHDRAWN'],
] as const)('P an invitation that is %s reads after %i seconds as %s', (status, seconds, expected) => {
  expect(statusOf(invitation(status), at(seconds))).toBe(expected);
});

test.each([
  ['PENDING', 59.999, 'TOO_SOON'],
  ['PENDING', 60, null],
  ['INVITATION_SENT', 8 * 86_400, null],
  ['ACCEPTED', 0, 'INVITATION_CLOSED'],
  ['REJECTED', 100, 'INVITATION_CLOSED'],
] as const)('G17 resending what is %s after %d seconds: %s', (status, seconds, code) => {
  expect(refusesResend(invitation(status), at(seconds))?.code ?? null).toBe(code);
  expect(coolsUntil(invitation(status), at(60))).toBeNull();
  expect(coolsUntil(invitation(status), at(59))).toEqual(at(60));
});

test('O10 OWNER and ADMIN hold every area; the other roles what is named, each once', () => {
  expect(readRoleAreas('ADMIN', null)).toBe(EVERYTHING);
  expect(readRoleAreas('OWNER', [])).toBe(EVERYTHING);
  const billing = { area: 'BILLING', verb: 'READ' } as const;
  expect(readRoleAreas('MEMBER', [billing])).toEqual([billing]);
  for (const [role, areas] of [
    ['ADMIN', [billing]],
    ['MEMBER', null],
    ['CLIENT', []],
    ['MEMBER', [billing, billing]],
  ] as const)
    expect(readRoleAreas(role, areas)).toMatchObject({ code: 'AREAS_NOT_READABLE' });
});

const giver = (of: Partial<PersonViewer>): PersonViewer => personViewer({ accountId: 'home', ...of });
const SOME: Areas = { SECURITY: 'WRITE', BILLING: 'READ' };
test.each([
  ['OWNER', ALL_AREAS, {}, 'home', 'OWNER', null],
  ['OWNER', ALL_AREAS, {}, 'client', 'OWNER', 'ROLE_NOT_YOURS_TO_GIVE'],
  ['ADMIN', ALL_AREAS, {}, 'home', 'OWNER', 'ROLE_NOT_YOURS_TO_GIVE'],
  ['ADMIN', ALL_AREAS, {}, 'home', 'ADMIN', null],
  ['ADMIN', ALL_AREAS, { branches: ['north'] }, 'home', 'ADMIN', 'ROLE_NOT_YOURS_TO_GIVE'],
  ['MEMBER', SOME, {}, 'home', 'ADMIN', 'MORE_THAN_YOU_HOLD'],
  ['OWNER', ALL_AREAS, {}, 'home', 'STAFF', 'ROLE_NOT_YOURS_TO_GIVE'],
  ['STAFF', ALL_AREAS, {}, 'home', 'STAFF', null],
  ['STAFF', ALL_AREAS, {}, 'client', 'STAFF', 'ROLE_NOT_YOURS_TO_GIVE'],
] as const)('O10 %s holding %j (%j) gives in %s the role %s: %s', (role, held, more, account, wished, code) => {
  const { branches, ...rest } = { branches: undefined, ...more };
  const limit = branches === undefined ? {} : { branches: [...branches] };
  const viewer = giver({ role, areas: held, ...rest, ...limit });
  expect(refusesGift(viewer, account, held, { role: wished, areas: EVERYTHING })?.code ?? null).toBe(code);
});

test.each([
  [{ area: 'BILLING', verb: 'READ' }, null],
  [{ area: 'SECURITY', verb: 'READ' }, null],
  [{ area: 'BILLING', verb: 'WRITE' }, 'MORE_THAN_YOU_HOLD'],
  [{ area: 'OTHER', verb: 'READ' }, 'MORE_THAN_YOU_HOLD'],
] as const)('O10 nobody grants more than they hold: %j gives %s', (grant, code) => {
  const viewer = giver({ role: 'MEMBER', areas: SOME });
  expect(refusesGift(viewer, 'home', SOME, { role: 'MEMBER', areas: [grant] })?.code ?? null).toBe(code);
});

test('A10 the actions of an invitation name who may, why not, and until or from when', () => {
  const open = invitation('INVITATION_SENT');
  const allowed = (...of: Parameters<typeof invitationActions>): string[] =>
    invitationActions(...of).flatMap(({ action, allowed: yes }) => (yes ? [action] : []));
  expect(allowed(open, { invited: true, manages: false }, at(100))).toEqual(['ACCEPT', 'REFUSE']);
  expect(allowed(open, { invited: false, manages: true }, at(100))).toEqual(['RESEND', 'WITHDRAW']);
  expect(allowed(open, { invited: true, manages: true }, at(8 * 86_400))).toEqual(['RESEND', 'WITHDRAW']);
  expect(allowed(invitation('REJECTED'), { invited: true, manages: true }, at(100))).toEqual([]);
  const [accept, , resend] = invitationActions(open, { invited: true, manages: true }, at(30));
  expect(accept).toMatchObject({ deadline: at(7 * 86_400), reason: null });
  expect(resend).toMatchObject({ allowed: false, deadline: at(60) });
});
