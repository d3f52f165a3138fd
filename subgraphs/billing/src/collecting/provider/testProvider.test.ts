import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ChargeAsked } from './provider.ts';
import { testProvider } from './testProvider.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'comptoir-payments-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const asked = (method: string, of: Partial<ChargeAsked> = {}): ChargeAsked => ({
  paymentId: newId(),
  customer: 'test_profile',
  method,
  amount: { minor: 1230n, currency: 'EUR' },
  description: 'A quote',
  present: true,
  ...of,
});

test.each<{ token: string; outcome: string }>`
  token                 | outcome
  ${'tok_approved'}     | ${'APPROVED'}
  ${'tok_declined'}     | ${'CARD_DECLINED'}
  ${'tok_insufficient'} | ${'INSUFFICIENT_FUNDS'}
  ${'tok_expired'}      | ${'CARD_EXPIRED'}
  ${'tok_needs_action'} | ${'NEEDS_ACTION'}
`('$token always ends as $outcome, once per payment', async ({ token, outcome }) => {
  const provider = testProvider();
  const charge = asked(token);
  const first = await provider.charge(charge);
  expect('decline' in first ? first.decline : first.outcome).toBe(outcome);
  expect(await provider.charge(charge)).toEqual(first);
  expect(await provider.find(charge)).toEqual(first);
  expect(provider.charges(charge.paymentId)).toEqual(outcome === 'APPROVED' ? ['1230 EUR'] : []);
});

test('an answer that is lost: the first token has charged, the second was never asked', async () => {
  const provider = testProvider();
  const after = asked('tok_times_out_after_charging');
  await expect(provider.charge(after)).rejects.toThrow('lost');
  expect(await provider.find(after)).toMatchObject({ outcome: 'APPROVED' });
  expect(provider.charges(after.paymentId)).toEqual(['1230 EUR']);
  const before = asked('tok_times_out_before_charging');
  await expect(provider.charge(before)).rejects.toThrow('lost');
  expect(await provider.find(before)).toBeNull();
});

test('a payment that is confirmed when asked about is charged then, once, also after a restart', async () => {
  const file = join(folder, 'confirmed.jsonl');
  const charge = asked('tok_confirmed_when_asked');
  expect(await testProvider({ file }).charge(charge)).toMatchObject({ outcome: 'NEEDS_ACTION' });
  const provider = testProvider({ file });
  expect(provider.charges(charge.paymentId)).toEqual([]);
  expect(await provider.find(charge)).toMatchObject({ outcome: 'APPROVED' });
  expect(await provider.find(charge)).toMatchObject({ outcome: 'APPROVED' });
  expect(testProvider({ file }).charges(charge.paymentId)).toEqual(['1230 EUR']);
});

test('what is ended is not charged any more, and not confirmed', async () => {
  const provider = testProvider();
  const [never, waiting, done] = [asked('tok_approved'), asked('tok_needs_action'), asked('tok_approved')];
  await provider.charge(waiting);
  await provider.charge(done);
  expect(await provider.cancel(never)).toEqual({ outcome: 'CANCELLED' });
  expect(await provider.cancel(waiting)).toEqual({ outcome: 'CANCELLED' });
  expect(await provider.cancel(done)).toMatchObject({ outcome: 'APPROVED' });
  expect(await provider.charge(never)).toEqual({ outcome: 'CANCELLED' });
  expect(() => provider.confirm(waiting.paymentId)).toThrow('needs no action');
});

test('a sequence goes on from attempt to attempt of a card, also across a restart, and remembers what was charged and what waits', async () => {
  const file = join(folder, 'payments.jsonl');
  const token = 'tok_declined_then_needs_action_then_approved';
  const [first, second, third] = [asked(token), asked(token), asked(token)];
  expect(await testProvider({ file }).charge(first)).toMatchObject({ outcome: 'DECLINED' });
  expect(await testProvider({ file }).charge(second)).toMatchObject({ outcome: 'NEEDS_ACTION' });
  testProvider({ file }).confirm(second.paymentId);
  // A crash may leave a line that was not written to its end: it was never answered for.
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"payment":"`);
  const restarted = testProvider({ file });
  expect(await restarted.charge(third)).toMatchObject({ outcome: 'APPROVED' });
  expect(await restarted.find(first)).toMatchObject({ outcome: 'DECLINED' });
  expect(testProvider({ file }).charges(second.paymentId)).toEqual(['1230 EUR']);
  expect(testProvider({ file }).charges(third.paymentId)).toEqual(['1230 EUR']);
});

test.each<{ token: string; answer: object }>`
  token                           | answer
  ${'tok_approved'}               | ${{ expiryMonth: 12, expiryYear: 2099, lastFour: '4242' }}
  ${'tok_approved_until_2026_12'} | ${{ expiryMonth: 12, expiryYear: 2026 }}
  ${'tok_declined_then_approved'} | ${{ method: 'tok_declined_then_approved' }}
  ${'tok_card_refused'}           | ${{ decline: 'CARD_DECLINED' }}
  ${'tok_declined_then_whatever'} | ${{ decline: 'TOKEN_UNKNOWN' }}
  ${'tok_'}                       | ${{ decline: 'TOKEN_UNKNOWN' }}
  ${'tok_approved_until_2026_13'} | ${{ decline: 'TOKEN_UNKNOWN' }}
  ${'4242424242424242'}           | ${{ decline: 'TOKEN_UNKNOWN' }}
`('the token $token is stored as $answer', async ({ token, answer }) => {
  expect(await testProvider().storeCard({ profileId: newId(), token, email: null })).toMatchObject(answer);
});
