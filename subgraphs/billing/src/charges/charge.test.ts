import { expect, test } from '@jest/globals';
import type { Lot } from '../books/lots/allocate.ts';
import { type ChargeRequest, decideCharges } from './charge.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const lot = (id: string, remaining: bigint): Lot => ({
  id,
  source: 'GRANTED',
  priority: 0,
  grantedAt: NOW,
  expiresAt: null,
  seq: 1n,
  remaining,
});
const ask = (eventId: string, payerId: string, credits = 1n): ChargeRequest => ({
  eventId,
  payerId,
  credits,
  ownerId: 'owner',
  trackerId: 'tracker',
  key: null,
  occurredAt: NOW,
});
const rich = { id: 'w-rich', accountId: 'rich', lots: [lot('l-rich', 100n)] };
const poor = { id: 'w-poor', accountId: 'poor', lots: [lot('l-poor', 2n)] };

test.each<[string, ChargeRequest, string | null]>([
  ['an event charged before, though nobody could pay', ask('made', 'nobody', 9n), null],
  ['a payer without a wallet', ask('e1', 'nobody'), 'NO_WALLET'],
  ['more than there is', ask('e1', 'poor', 3n), 'INSUFFICIENT_CREDIT'],
  ['all there is', ask('e1', 'poor', 2n), null],
])('U03 %s', (_case, request, refusal) => {
  const { outcomes } = decideCharges([request], [rich, poor], new Set(['made']), NOW);
  expect(outcomes).toEqual([{ eventId: request.eventId, refusal }]);
});

test('U03 charges are decided in the order of the input, each payer from its own wallet, and a refusal leaves the credit to the next', () => {
  const requests = [
    ask('e1', 'poor'),
    ask('e2', 'rich', 99n),
    ask('e3', 'poor', 2n),
    ask('e4', 'rich', 2n),
    ask('e5', 'poor'),
  ];
  const { outcomes, charges } = decideCharges(requests, [poor, rich], new Set(), NOW);
  expect(outcomes.map(({ refusal }) => refusal)).toEqual([
    null,
    null,
    'INSUFFICIENT_CREDIT',
    'INSUFFICIENT_CREDIT',
    null,
  ]);
  expect(charges.map(({ eventId, walletId, parts }) => [eventId, walletId, parts])).toEqual([
    ['e1', 'w-poor', [{ lotId: 'l-poor', credits: 1n }]],
    ['e2', 'w-rich', [{ lotId: 'l-rich', credits: 99n }]],
    ['e5', 'w-poor', [{ lotId: 'l-poor', credits: 1n }]],
  ]);
});

test('P an event that stands twice in one call is charged once; after a refusal it is looked at again', () => {
  const requests = [ask('e1', 'rich'), ask('e1', 'rich', 50n), ask('e2', 'poor', 3n), ask('e2', 'poor', 2n)];
  const { outcomes, charges } = decideCharges(requests, [poor, rich], new Set(), NOW);
  expect(outcomes.map(({ refusal }) => refusal)).toEqual([null, null, 'INSUFFICIENT_CREDIT', null]);
  expect(charges.map(({ eventId, credits }) => [eventId, credits])).toEqual([
    ['e1', 1n],
    ['e2', 2n],
  ]);
});

test('N11 a key with a budget pays with it as well: what does not fit is refused before the payer is asked, and leaves it to the next', () => {
  const key = { id: 'key', accountId: 'owner', budget: 3n };
  const by = (eventId: string, payerId: string, credits: bigint): ChargeRequest => ({
    ...ask(eventId, payerId, credits),
    key,
  });
  const requests = [
    by('e1', 'rich', 2n),
    by('e2', 'rich', 2n),
    by('e3', 'nobody', 1n),
    by('e4', 'poor', 3n),
    by('e5', 'rich', 1n),
    by('e6', 'poor', 1n),
  ];
  const { outcomes } = decideCharges(requests, [poor, rich], new Set(), NOW, new Map([['key', 3n]]));
  expect(outcomes.map(({ refusal }) => refusal)).toEqual([
    null,
    'BUDGET_USED_UP',
    'NO_WALLET',
    'BUDGET_USED_UP',
    null,
    'BUDGET_USED_UP',
  ]);
});
