import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expireCredits } from '../../books/expiry/expireCredits.ts';
import { eventFor } from '../../testing/billingFixture.ts';
import { type CreditsFixture, openCredits, said } from '../../testing/creditsFixture.ts';
import { CreditsModel } from '../../testing/creditsModel.ts';

let credits: CreditsFixture;
beforeAll(async () => {
  credits = await openCredits();
});
afterAll(() => credits.stop());

const account = fc.integer({ min: 0, max: 2 });
const amount = fc.integer({ min: 1, max: 40 });
const step = fc.oneof(
  fc.record({
    does: fc.constant('give' as const),
    who: account,
    credits: amount,
    days: fc.constantFrom(1, 2, 5, Infinity),
  }),
  fc.record({ does: fc.constant('buy' as const), who: account }),
  fc.record({ does: fc.constant('allocate' as const), who: account, to: account, credits: amount }),
  fc.record({ does: fc.constant('allocate' as const), who: account, to: account, credits: amount }),
  fc.record({ does: fc.constant('take back' as const), who: account, to: account, credits: amount }),
  fc.record({ does: fc.constant('take back' as const), who: account, to: account, credits: amount }),
  fc.record({ does: fc.constant('charge' as const), who: account, credits: amount }),
  fc.record({ does: fc.constant('sweep' as const) }),
  fc.record({ does: fc.constant('wait' as const), days: fc.constantFrom(1, 3) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Does a step on the books and in the model; both must say the same of it. */
async function take(
  one: Step,
  accounts: string[],
  packs: { packId: string; profiles: string[] },
  model: CreditsModel,
): Promise<void> {
  const idOf = (at: number): string => accounts[at] as string;
  if (one.does === 'sweep') return void (await credits.run(expireCredits));
  if (one.does === 'wait') {
    credits.forward(one.days);
    return model.pass(one.days);
  }
  const { who } = one;
  if (one.does === 'give') {
    const expiresAt = Number.isFinite(one.days)
      ? new Date(credits.clock.now().getTime() + one.days * 86_400_000)
      : undefined;
    await credits.give(idOf(who), { credits: one.credits, ...(expiresAt && { expiresAt }) });
    return model.add(who, one.credits, { days: one.days });
  }
  if (one.does === 'buy') {
    expect(said(await credits.buy({ profileId: packs.profiles[who] as string, packId: packs.packId }))).toBe(
      'COMMITTED',
    );
    return model.add(who, 100, { bought: true });
  }
  if (one.does === 'charge') {
    const [refusal] = await credits.charge(eventFor(idOf(who), { credits: one.credits }));
    return expect(refusal).toBe(model.spend(who, one.credits) ? null : 'INSUFFICIENT_CREDIT');
  }
  if (who === one.to) return;
  if (one.does === 'allocate') {
    const outcome = said(await credits.allocate(idOf(who), idOf(one.to), one.credits));
    return expect(outcome).toBe(model.allocate(who, one.to, one.credits) ? 'COMMITTED' : 'INSUFFICIENT_CREDIT');
  }
  const codes = await credits.takeBack(idOf(who), idOf(one.to), one.credits);
  expect(codes).toEqual(model.takeBack(who, one.to, one.credits) ? [] : ['NOT_ENOUGH_UNSPENT']);
}

test('P A63 A69 whatever is bought, given, allocated, taken back, charged and expires: every step and balance is as in the model, and the books are sound', async () => {
  const packId = await credits.packOf('TRACKER', 100);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const accounts = [await credits.openAccount(), await credits.openAccount(), await credits.openAccount()];
      for (const a of accounts) for (const b of accounts) if (a !== b) await credits.partner(a, b);
      const profiles: string[] = [];
      for (const id of accounts) profiles.push(await credits.addProfile(id));
      const model = new CreditsModel();
      for (const one of steps) {
        // No two lots come at the same instant, so that the oldest is one.
        credits.clock.set(new Date(credits.clock.now().getTime() + 1));
        await take(one, accounts, { packId, profiles }, model);
      }
      for (const [at, id] of accounts.entries()) expect(await credits.balance(id)).toBe(model.balance(at));
      await credits.expectSound();
    }),
    { numRuns: 25, interruptAfterTimeLimit: 25_000, markInterruptAsFailure: false },
  );
});
