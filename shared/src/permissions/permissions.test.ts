import { expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import type { Viewer } from '../viewer/viewer.ts';
import {
  allow,
  asOneself,
  beforeLogIn,
  deny,
  either,
  known,
  member,
  person,
  type Rule,
  requires,
  requiresPerson,
  requiresStaff,
  service,
} from './permissions.ts';

const call = { requestId: 'r', address: null };
const acting = { ...call, userId: 'u', accountId: 'a', membershipId: 'm', role: 'MEMBER', areas: {} } as const;
const VIEWERS: Record<string, Viewer> = {
  nobody: { ...call, kind: 'ANONYMOUS', userId: null, sessionId: null },
  unchosen: { ...call, kind: 'ANONYMOUS', userId: 'u', sessionId: 's' },
  person: { ...acting, kind: 'PERSON', sessionId: 's' },
  key: { ...acting, kind: 'KEY', keyId: 'k' },
  service: { ...call, kind: 'SERVICE', service: 'billing' },
};

const reads = requires('BILLING', 'READ');
/** What each kind of caller is told by each rule; '' is let in. The person and the key hold no area. */
const [NOBODY, CHOOSE, NO] = ['UNAUTHENTICATED', 'ACCOUNT_NOT_CHOSEN', 'FORBIDDEN'];
const TABLE: [Rule, nobody: string, unchosen: string, person: string, key: string, service: string][] = [
  [allow, '', '', '', '', ''],
  [beforeLogIn, '', '', '', '', ''],
  [deny, NO, NO, NO, NO, NO],
  [service('billing'), NO, NO, NO, NO, ''],
  [known, NOBODY, '', '', '', NO],
  [person, NOBODY, '', '', NO, NO],
  [member, NOBODY, CHOOSE, '', '', NO],
  [reads, NOBODY, CHOOSE, NO, NO, NO],
  [requiresPerson('BILLING', 'READ'), NOBODY, CHOOSE, NO, NO, NO],
  [requiresStaff('BILLING', 'READ'), NOBODY, CHOOSE, NO, NO, NO],
  [either(reads, requires('TRACKERS', 'READ')), NOBODY, CHOOSE, NO, NO, NO],
  [either(reads, member), NOBODY, CHOOSE, '', '', NO],
  [asOneself(reads), NOBODY, CHOOSE, NO, NO, NO],
  [asOneself(person), NOBODY, '', '', NO, NO],
];

test.each(TABLE.map(([rule, ...codes]) => [rule.name, rule, codes] as const))(
  'O13 nobody, a person without an account, and who may not are told three different things: %s',
  (_name, rule, codes) => {
    const told = Object.values(VIEWERS).map((viewer) => {
      const answer = rule.check(viewer);
      return answer instanceof GraphQLError ? answer.extensions['code'] : '';
    });
    expect(told).toEqual(codes);
  },
);

test('O13 the answer says how an account is chosen, and has a decision of its own', () => {
  const [first, second] = [1, 2].map(() => member.check(VIEWERS['unchosen'] as Viewer) as GraphQLError);
  expect(first?.message).toMatch(/sessionSwitch.*sessionCreate/);
  expect(first?.extensions).toMatchObject({ rule: 'O13' });
  expect(first?.extensions['decisionId']).not.toBe(second?.extensions['decisionId']);
});
