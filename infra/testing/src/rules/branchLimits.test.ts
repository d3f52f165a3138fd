import { permissions as accounts } from '@comptoir/accounts/permissions.ts';
import { permissions as billing } from '@comptoir/billing/permissions.ts';
import { permissions as identity } from '@comptoir/identity/permissions.ts';
import { type Permissions, type Rule, requires } from '@comptoir/shared/permissions/permissions.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { ALL_AREAS } from '@comptoir/shared/viewer/areas.ts';
import type { KeyViewer, PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { permissions as trackers } from '@comptoir/trackers/permissions.ts';
import { expect, test } from '@jest/globals';
import { personViewer, staffViewer } from '../viewers.ts';

/**
 * What a member who is limited to branches may call (G12), by the reason why it does not reach beyond them. Everything
 * else is refused, a new operation too: anyone who adds one that is about a branch names it here.
 */
const REASONS: Record<string, string[]> = {
  'it is done by whoever has a secret, before anybody is known': [
    'signUp',
    'signUpComplete',
    'passwordResetRequest',
    'passwordReset',
    'sessionCreate',
    'sessionRefresh',
    'sessionTotp',
    'emailChangeConfirm',
    'invitationAccept',
    'invitationRefuse',
  ],
  'it is about the caller in person': [
    'viewer',
    'decision',
    'explainAccess',
    'sessionSwitch',
    'sessionEnd',
    'sessionRevoke',
    'sessionsRevokeOthers',
    'passwordChange',
    'totpEnroll',
    'totpConfirm',
    'totpDisable',
    'emailChange',
    // A log-in-as of their own; one is started by a person who is not limited, and the database shows them no other.
    'loginAsRenew',
    'loginAsEnd',
  ],
  'people belong to branches, and policies keep to the people of the viewer’s': [
    'membership',
    'whoCanAccess',
    'invitation',
    'passwordResetSend',
    'membershipNetworksSet',
    'membershipAreasSet',
    'membershipRoleSet',
    'membershipBranchesSet',
    'membershipDeactivate',
    'membershipActivate',
    'membershipRemove',
    'invitationCreate',
    'invitationResend',
    'invitationWithdraw',
    'contactAccessGive',
  ],
  'keys belong to who made them, and are limited as they are': [
    'apiKeyCreate',
    'apiKeyRotate',
    'apiKeyUpdate',
    'apiKeyRevoke',
  ],
  'contact cards belong to branches': ['contact', 'contactCreate', 'contactUpdate', 'contactDelete'],
  'it is a branch': ['branch'],
  'the name of the caller’s own account': ['account'],
  'trackers belong to branches, and their events and take-overs with them': [
    'tracker',
    'delegation',
    'trackerCreate',
    'trackerDuplicate',
    'trackerBranchSet',
    'trackerRename',
    'trackersActivate',
    'trackersDeactivate',
    'eventsRecord',
  ],
  'every entity asks the rule of its own type': ['_entities'],
};

/** The same of what hangs on an account. */
const ON_ACCOUNTS = ['people', 'apiKeys', 'invitations', 'contacts', 'trackers', 'delegatedTrackers', 'delegations'];
const MORE_ON_ACCOUNTS = ['events', 'consumption'];

const tables: Record<string, Permissions> = { identity, accounts, billing, trackers };
const limited: PersonViewer = { ...personViewer({ accountId: newId() }), role: 'MEMBER', branches: [newId()] };
const { sessionId: _, ...acting } = limited;
const key: KeyViewer = { ...acting, kind: 'KEY', keyId: newId() };
const staff: PersonViewer = { ...staffViewer(), areas: ALL_AREAS, branches: [newId()] };

test.each([
  ['a member', limited],
  ['a key', key],
  ['staff', staff],
] as const)(
  'G12 %s with every area, limited to a branch, calls nothing that belongs to the whole account',
  (who, viewer) => {
    const asked = Object.values(tables).flatMap((table) =>
      (['Query', 'Mutation'] as const).flatMap((type) => Object.entries(table[type] as Record<string, Rule>)),
    );
    const open = asked.filter(([, rule]) => rule.check(viewer) === true).map(([field]) => field);
    const named = Object.values(REASONS).flat();
    // What only people do is closed to keys with or without a limit; and a key has no log-in-as of its own to end.
    const forKeys = asked.filter(([, rule]) => rule.checkInBranches(key) === true).map(([field]) => field);
    const ofKeys = named.filter((field) => forKeys.includes(field) && field !== 'loginAsEnd');
    const expected = who === 'a key' ? ofKeys : named;
    expect([...new Set(open)].sort()).toEqual([...expected].sort());
  },
);

test('G12 a refusal for the limit says so, and only to those who hold what is asked for', () => {
  const rule = requires('BILLING', 'WRITE');
  expect(rule.check(limited)).toMatchObject({ extensions: { code: 'FORBIDDEN', rule: 'G12' } });
  expect(rule.check({ ...limited, areas: {} })).toMatchObject({
    extensions: { code: 'FORBIDDEN', rule: 'BILLING:WRITE' },
  });
  const { branches: __, ...free } = limited;
  expect(rule.check(free)).toBe(true);
});

test('G12 what hangs on an account, and every type, is closed but for what belongs to branches', () => {
  const open = Object.entries(tables).flatMap(([subgraph, table]) =>
    Object.entries(table).flatMap(([type, rules]) => {
      if (type === 'Query' || type === 'Mutation') return [];
      const each: [string, Rule][] =
        'check' in rules
          ? [[type, rules as Rule]]
          : Object.entries(rules).map(([field, rule]) => [`${type}.${field}`, rule]);
      return each.filter(([, rule]) => rule.check(limited) === true).map(([name]) => `${subgraph} ${name}`);
    }),
  );
  const fields = open
    .filter((name) => name.includes(' Account.') && !name.endsWith('.*'))
    .map((name) => name.split('.')[1]);
  expect(fields.sort()).toEqual([...ON_ACCOUNTS, ...MORE_ON_ACCOUNTS].sort());
  // Payloads are guarded by their mutations; what else of billing is open is a bare reference.
  const ofBilling = open.filter((name) => name.startsWith('billing ') && !/(Payload|UserError)$/.test(name));
  expect(ofBilling.sort()).toEqual(
    [
      'Account.*',
      'ApiKey',
      'AreaGrant',
      'Event.*',
      'InternalChargeResult',
      'Money',
      'PageInfo',
      'Tracker.*',
      'User',
      '_Service',
    ]
      .map((name) => `billing ${name}`)
      .sort(),
  );
  expect(
    open.filter(
      (name) =>
        /Partnership|LoginAsConnection|Trail(Connection|Edge)|accounts AccountConnection/.test(name) &&
        !/(Payload|UserError)$/.test(name),
    ),
  ).toEqual([]);
});
