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
const acting = {
  ...call,
  networks: [],
  userId: 'u',
  accountId: 'a',
  membershipId: 'm',
  role: 'MEMBER',
  areas: {},
} as const;
const VIEWERS: Record<string, Viewer> = {
  nobody: { ...call, kind: 'ANONYMOUS', userId: null, sessionId: null },
  unchosen: { ...call, networks: [], kind: 'ANONYMOUS', userId: 'u', sessionId: 's' },
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

const codeOf = (rule: Rule, viewer: Viewer): unknown => {
  const answer = rule.check(viewer);
  return answer instanceof GraphQLError ? answer.extensions['code'] : '';
};
const home = { address: '192.0.2.7', networks: [['192.0.2.0/24'], ['192.0.2.7/32']] };
const away = { ...home, address: '192.0.2.8' };
/** No one and services have no lists, wherever they are. */
const from = (viewer: Viewer, place: typeof home): Viewer =>
  'networks' in viewer ? ({ ...viewer, ...place } as Viewer) : viewer;

test('G11 every rule but one refuses whoever is outside a network list, before it asks anything else', () => {
  for (const [rule, ...codes] of TABLE) {
    for (const [index, viewer] of Object.values(VIEWERS).entries()) {
      const isKnown = 'networks' in viewer;
      const refused = isKnown && rule !== allow ? 'ADDRESS_NOT_ALLOWED' : codes[index];
      expect([rule.name, viewer.kind, codeOf(rule, from(viewer, away))]).toEqual([rule.name, viewer.kind, refused]);
      expect(codeOf(rule, from(viewer, home))).toBe(codes[index]);
    }
  }
});

test('G11 somebody who is known and comes without lists is let in by no rule that asks', () => {
  for (const name of ['person', 'key', 'unchosen']) {
    const { networks: _, ...viewer } = VIEWERS[name] as Viewer & { networks: unknown };
    expect(TABLE.map(([rule]) => codeOf(rule, viewer as Viewer))).toEqual(
      TABLE.map(([rule]) => (rule === allow ? '' : 'ADDRESS_NOT_ALLOWED')),
    );
  }
});

test('G09 O10 a role is not let beyond its ceiling by what was written into its areas', () => {
  const contact = { ...VIEWERS['person'], role: 'CLIENT', areas: { BILLING: 'WRITE' } } as Viewer;
  const writes = requires('BILLING', 'WRITE');
  const told = [reads, writes, requiresPerson('BILLING', 'WRITE'), either(writes, reads), asOneself(writes)];
  expect(told.map((rule) => codeOf(rule, contact))).toEqual(['', NO, NO, '', NO]);
  expect((writes.check(contact) as GraphQLError).extensions).toMatchObject({ rule: 'BILLING:WRITE' });
});
