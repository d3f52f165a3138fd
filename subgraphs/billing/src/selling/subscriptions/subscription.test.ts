import { expect, test } from '@jest/globals';
import { type Asker, availableActions, type Standing } from './actions.ts';
import { selectionOf } from './changeKind.ts';
import { directionOf, lastRenewal, refusesRenewal } from './subscription.ts';
import type { SubscriptionRow, SubscriptionTerms } from './subscriptionTables.ts';

const NOW = new Date('2027-03-01T12:00:00.000Z');
const TERMS: SubscriptionTerms = {
  priceVersion: 'V3',
  product: 'MARKETING',
  plan: 'PLUS',
  title: 'Plus',
  kind: 'PAID',
  rank: 2,
  features: ['SMS'],
  contacts: 1_000,
  frequency: 'MONTHLY',
  limits: [
    { item: 'ACTIVITIES', title: 'Activities', value: 31_000, custom: true, chosen: true },
    { item: 'EMAIL_SENDS', title: 'E-mails', value: 25_000, custom: false, chosen: false },
  ],
  addOns: ['PIPELINES'],
  list: 4_900n,
  parts: [],
  resellerBasisPoints: 0,
  migrationDiscount: 0n,
  migrationBasisPoints: 0,
};
const HELD: SubscriptionRow = {
  id: 's',
  accountId: 'a',
  profileId: 'p',
  payerId: 'a',
  cycleProfileId: 'p',
  terms: TERMS,
  currency: 'EUR',
  perCycle: 4_900n,
  anchor: '2027-02-15',
  period: { index: 0, from: '2027-02-15', to: '2027-03-15' },
  timeZone: 'Europe/Paris',
  dueAt: new Date('2027-03-14T23:00:00.000Z'),
  status: 'ACTIVE',
  purchasedAt: new Date('2027-02-15T10:00:00.000Z'),
  cancelledAt: null,
  disabledAt: null,
  expiredAt: null,
  trialRenewedAt: null,
};
const ITSELF: Asker = { writes: true, asOneself: true, accountId: HELD.accountId };
/** Paid by its own account, asked by its own people. */
const OWN: Standing = {
  id: HELD.id,
  writable: true,
  changePaying: false,
  accountCancelled: false,
  payerWritable: true,
  payerMayPay: true,
  profileThere: true,
  cyclePayerWritable: true,
  cycleProfileThere: true,
  ownMayPay: true,
};
const TRIAL: SubscriptionTerms = { ...TERMS, kind: 'TRIAL', plan: 'TRIAL', frequency: null };
const expired = (expiredAt: string, terms = TERMS, cancelledAt: Date | null = NOW): SubscriptionRow => ({
  ...HELD,
  terms,
  status: 'EXPIRED',
  expiredAt: new Date(expiredAt),
  dueAt: null,
  cancelledAt,
});

test.each<{ title: string; held: SubscriptionRow; allowed: string[]; rules: (string | null)[] }>`
  title                       | held                                                                        | allowed                                              | rules
  ${'active'}                 | ${HELD}                                                                     | ${['CHANGE', 'CANCEL', 'DISABLE', 'CHOOSE_PROFILE']} | ${['A33', 'A11']}
  ${'disabled'}               | ${{ ...HELD, disabledAt: NOW }}                                             | ${['CHANGE', 'CANCEL', 'ENABLE', 'CHOOSE_PROFILE']}  | ${['A33', 'A11']}
  ${'cancelled'}              | ${{ ...HELD, status: 'CANCELLED', cancelledAt: NOW }}                       | ${['RENEW', 'DISABLE', 'CHOOSE_PROFILE']}            | ${['A53', 'A61', 'A11']}
  ${'due'}                    | ${{ ...HELD, dueAt: NOW }}                                                  | ${['DISABLE', 'CHOOSE_PROFILE']}                     | ${['A33', 'A33', 'A33', 'A11']}
  ${'cancelled and expired'}  | ${expired('2027-02-28T23:00:00Z')}                                          | ${[]}                                                | ${['A55', 'A55', 'A61', 'A11', 'A11', 'A36']}
  ${'an expired trial'}       | ${expired('2027-02-28T23:00:00Z', TRIAL, null)}                             | ${['CHANGE', 'RENEW']}                               | ${['A61', 'A11', 'A11', 'A36']}
  ${'a trial renewed before'} | ${{ ...expired('2027-02-28T23:00:00Z', TRIAL, null), trialRenewedAt: NOW }} | ${['CHANGE']}                                        | ${['A53', 'A61', 'A11', 'A11', 'A36']}
  ${'a sandbox'}              | ${{ ...HELD, terms: { ...TRIAL, kind: 'SANDBOX' } }}                        | ${['CANCEL', 'DISABLE', 'CHOOSE_PROFILE']}           | ${['A57', 'A33', 'A11']}
`('A10 N09 what can be done with $title', ({ held, allowed, rules }) => {
  const actions = availableActions(held, OWN, ITSELF, NOW);
  expect(actions.filter((one) => one.allowed).map(({ action }) => action)).toEqual(allowed);
  const refused = actions.filter((one) => !one.allowed);
  expect(refused.map(({ rule }) => rule)).toEqual(rules);
  for (const { reason, deadline } of refused) expect([typeof reason, deadline]).toEqual(['string', null]);
});

test('A53 A56 an expired trial is renewed for strictly less than a calendar year, by days of its zone', () => {
  const trial = expired('2027-02-28T23:00:00.000Z', TRIAL, null);
  // In Paris it ended on 1 March.
  expect(lastRenewal(trial.expiredAt as Date, 'Europe/Paris')).toEqual(new Date('2028-02-29T23:00:00.000Z'));
  expect(refusesRenewal(trial, new Date('2028-02-29T22:59:59.999Z'))).toBeNull();
  expect(refusesRenewal(trial, new Date('2028-02-29T23:00:00.000Z'))).toMatchObject({
    code: 'EXPIRED_TOO_LONG',
    rule: 'A56',
  });
  expect(lastRenewal(new Date('2028-02-29T12:00:00Z'), 'UTC')).toEqual(new Date('2029-02-28T00:00:00.000Z'));
});

test.each<{ wanted: Partial<SubscriptionTerms>; direction: string }>`
  wanted                                    | direction
  ${{ rank: 3, list: 1n }}                  | ${'UPGRADED'}
  ${{ rank: 1, list: 99_999n }}             | ${'DOWNGRADED'}
  ${{ list: 4_901n }}                       | ${'UPGRADED'}
  ${{ list: 4_899n }}                       | ${'DOWNGRADED'}
  ${{ contacts: 2_500 }}                    | ${'CHANGED'}
  ${{ frequency: 'ANNUAL', list: 49_000n }} | ${'CHANGED'}
`('A58 A62 $wanted instead of PLUS is $direction', ({ wanted, direction }) => {
  expect(directionOf(TERMS, { ...TERMS, ...wanted })).toBe(direction);
});

test('A52 a trial that becomes paid goes up, whatever its rank', () => {
  expect(directionOf({ ...TRIAL, rank: 9 }, TERMS)).toBe('UPGRADED');
});

test('A24 what is left out stays; with another plan, limits are what it includes', () => {
  const kept = [{ item: 'ACTIVITIES', value: 31_000, custom: true }];
  expect(selectionOf(TERMS, { contacts: 2_500 })).toMatchObject({
    plan: 'PLUS',
    contacts: 2_500,
    limits: kept,
    addOns: ['PIPELINES'],
  });
  expect(selectionOf(TERMS, { plan: 'STARTER', addOns: [] })).toMatchObject({
    plan: 'STARTER',
    contacts: 1_000,
    limits: [],
    addOns: [],
  });
});
