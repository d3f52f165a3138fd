import { ALL_AREAS } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { expect, test } from '@jest/globals';
import type { MembershipRow } from '../people/userTables.ts';
import { membershipActions, refusesAdded, refusesLastOwner, refusesSwitch } from './member.ts';

const target = (of: Partial<MembershipRow>): MembershipRow => ({
  id: 'target',
  userId: 'person',
  accountId: 'home',
  type: 'CONTACT',
  role: 'MEMBER',
  areas: ['TRACKERS:WRITE'],
  networks: [],
  branches: null,
  contactId: null,
  status: 'ACTIVE',
  accountReady: true,
  acceptedAt: new Date(0),
  createdAt: new Date(0),
  ...of,
});
const owner = personViewer({ accountId: 'home' });
const clerk: PersonViewer = { ...owner, role: 'MEMBER', areas: { SECURITY: 'WRITE' } };

test.each([
  ['DEACTIVATE', {}, owner, null],
  ['DEACTIVATE', { status: 'INACTIVE' }, owner, null],
  ['DEACTIVATE', { status: 'PENDING' }, owner, 'INVITATION_OPEN'],
  ['REMOVE', { status: 'INVITATION_SENT' }, owner, 'INVITATION_OPEN'],
  ['REMOVE', { status: 'REMOVED' }, owner, null],
  ['ACTIVATE', { status: 'REMOVED' }, owner, 'MEMBERSHIP_OVER'],
  ['DEACTIVATE', { status: 'REJECTED' }, owner, 'MEMBERSHIP_OVER'],
  ['DEACTIVATE', { role: 'OWNER' }, clerk, 'OWNER_ONLY'],
  ['DEACTIVATE', { role: 'OWNER' }, { ...owner, accountId: 'elsewhere' }, 'OWNER_ONLY'],
  ['DEACTIVATE', { role: 'OWNER' }, owner, 'LAST_OWNER'],
  ['REMOVE', { role: 'OWNER' }, owner, 'LAST_OWNER'],
  ['REMOVE', { role: 'OWNER', status: 'INACTIVE' }, owner, null],
  ['ACTIVATE', { status: 'INACTIVE' }, owner, null],
  ['ACTIVATE', { status: 'INACTIVE' }, clerk, 'MORE_THAN_YOU_HOLD'],
] as const)('G18 %s of %j: %4$s', (to, of, viewer, code) => {
  const row = target(of as Partial<MembershipRow>);
  const owners = row.role === 'OWNER' && row.status === 'ACTIVE' ? [row.id] : ['other'];
  expect(refusesSwitch(to, row, { viewer, held: viewer.areas, owners })?.code ?? null).toBe(code);
});

test('the last active owner stays; one of two may go', () => {
  expect(refusesLastOwner(target({ role: 'OWNER' }), ['target'])?.code).toBe('LAST_OWNER');
  expect(refusesLastOwner(target({ role: 'OWNER' }), ['other', 'target'])).toBeNull();
  expect(refusesLastOwner(target({ role: 'ADMIN' }), ['other'])).toBeNull();
});

test('O10 nobody adds what they do not hold; what is there may stay or become less', () => {
  const code = (held: PersonViewer['areas'], wished: Parameters<typeof refusesAdded>[2]): string | null =>
    refusesAdded(held, ['TRACKERS:WRITE'], wished)?.code ?? null;
  expect(code({}, [{ area: 'TRACKERS', verb: 'WRITE' }])).toBeNull();
  expect(code({}, [{ area: 'TRACKERS', verb: 'READ' }])).toBeNull();
  expect(code({ BILLING: 'READ' }, [{ area: 'BILLING', verb: 'WRITE' }])).toBe('MORE_THAN_YOU_HOLD');
  expect(code(ALL_AREAS, [{ area: 'BILLING', verb: 'WRITE' }])).toBeNull();
});

test('A10 the actions of a membership say which are possible and why others are not', () => {
  const of = (row: MembershipRow, manages = true, owners = ['other']) =>
    Object.fromEntries(
      membershipActions(row, { viewer: owner, manages, owners, endingKeyCount: 3 }).map(({ action, reason }) => [
        action,
        reason,
      ]),
    );
  expect(of(target({}))).toMatchObject({
    SET_AREAS: null,
    DEACTIVATE: null,
    REMOVE: null,
    ACTIVATE: 'It is so already.',
  });
  expect(of(target({ role: 'CLIENT' })).SET_ROLE).toContain('CLIENT');
  expect(of(target({ role: 'OWNER' }), true, ['target'])).toMatchObject({
    SET_AREAS: expect.stringContaining('every area'),
    REMOVE: expect.stringContaining('last active owner'),
    SET_ROLE: expect.stringContaining('last active owner'),
  });
  expect(new Set(Object.values(of(target({}), false)).map((reason) => reason !== null))).toEqual(new Set([true]));
});

test('G18 what ends keys says how many, and nothing else does', () => {
  const by = { viewer: owner, manages: true, owners: ['other'], endingKeyCount: 3 };
  const counts = membershipActions(target({}), by).flatMap(({ action, endingKeyCount }) =>
    endingKeyCount === null ? [] : [[action, endingKeyCount]],
  );
  expect(counts).toEqual([
    ['DEACTIVATE', 3],
    ['REMOVE', 3],
  ]);
});
