import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectSound, type InvoiceFixture, startInvoices } from '../../testing/invoiceFixture.ts';
import type { BillingProfile } from '../profiles/profileTables.ts';
import { availablePrepaid, holdPrepaid, releaseHold, topUpPrepaid } from './prepaid.ts';

let books: InvoiceFixture;
beforeAll(async () => {
  books = await startInvoices({ graph: false });
});
afterAll(async () => {
  await expectSound(books);
  await books.stop();
});

/** A hold with a payment under way for it, as a quote has while it is PAYING. */
async function hold(
  profile: BillingProfile,
  accountId: string,
  amount: bigint,
  { reference = newId(), purposeId = newId() } = {},
) {
  await books.underWay(profile, purposeId);
  return await books.system((tx, now) =>
    holdPrepaid(tx, { profile, accountId, amount, reference, cause: { quoteId: purposeId }, now }),
  );
}
const held = async (...asked: Parameters<typeof hold>): Promise<string> => {
  const outcome = await hold(...asked);
  if (outcome instanceof Refusal) throw new Error(outcome.message);
  return outcome.id;
};
const release = (id: string) => books.system((tx, now) => releaseHold(tx, id, now));

async function lotsOf(profile: BillingProfile): Promise<[string, string][]> {
  const { rows } = await books.admin.query(
    `select lot.id, lot.remaining from lot join wallet w on w.id = lot.wallet_id where w.profile_id = $1 order by lot.seq`,
    [profile.id],
  );
  return rows.map(({ id, remaining }) => [id, remaining]);
}

test('A65 what is kept for the account is set aside before what is free, and nothing that is kept for another', async () => {
  const profile = await books.profile();
  const [client, other] = [newId(), newId()];
  await books.topUp(profile, 5_000n);
  await books.topUp(profile, 1_000n, client);
  await books.topUp(profile, 9_000n, other);
  const available = (accountId: string) =>
    books.system((tx, now) => availablePrepaid(tx, { profileId: profile.id, accountId, currency: 'EUR', now }));
  expect([await available(client), await available(other), await available(newId())]).toEqual([
    6_000n,
    14_000n,
    5_000n,
  ]);

  await held(profile, client, 400n);
  expect(await books.prepaidOf(profile)).toEqual({ '': 5_000, [client]: 600, [other]: 9_000 });
  await held(profile, client, 1_000n);
  expect(await books.prepaidOf(profile)).toEqual({ '': 4_600, [client]: 0, [other]: 9_000 });

  const refused = await hold(profile, client, 4_601n);
  expect(refused).toMatchObject({ code: 'PREPAID_INSUFFICIENT', rule: 'A65' });
  expect(await books.prepaidOf(profile)).toEqual({ '': 4_600, [client]: 0, [other]: 9_000 });
});

test.each([
  ['a second apart', 1_000, [300n, 200n, 100n], ['0', '50', '100']],
  ['of one instant', 0, [300n, 200n, 100n], ['0', '50', '100']],
  ['of one instant, the smallest first', 0, [100n, 200n, 300n], ['0', '0', '150']],
] as const)(
  'A65 what is given back goes to the very lots that it came from, the oldest of which pays first: %s',
  async (_which, apart, amounts, left) => {
    const profile = await books.profile();
    for (const amount of amounts) {
      await books.topUp(profile, amount);
      books.clock.set(new Date(books.clock.now().getTime() + apart));
    }
    const before = await lotsOf(profile);
    const id = await held(profile, profile.accountId, 450n);
    expect((await lotsOf(profile)).map(([, remaining]) => remaining)).toEqual(left);
    await release(id);
    await release(id);
    expect(await lotsOf(profile)).toEqual(before);
  },
);

test('A hold is made once per reference, again after it was given back, and pays one invoice', async () => {
  const profile = await books.profile({ taxBasisPoints: 0 });
  await books.topUp(profile, 1_000n);
  const reference = newId();
  const first = await held(profile, profile.accountId, 600n, { reference });
  expect(await held(profile, profile.accountId, 600n, { reference })).toBe(first);
  expect(await books.prepaidOf(profile)).toEqual({ '': 400 });
  await release(first);
  const second = await held(profile, profile.accountId, 700n, { reference });
  expect(second).not.toBe(first);

  const invoice = await books.invoice(profile, 900n);
  const pay = (holdId: string) => books.payFromHold(invoice.id, holdId);
  await expect(pay(first)).rejects.toThrow('was given back');
  await pay(second);
  await pay(second);
  await release(second);
  expect(await books.prepaidOf(profile)).toEqual({ '': 300 });
  const tooMuch = await held(profile, profile.accountId, 201n);
  await expect(pay(tooMuch)).rejects.toThrow('owes less');
  await release(tooMuch);
});

test('P twenty that set prepaid money aside at once get what is there, and no cent more', async () => {
  const profile = await books.profile();
  const client = newId();
  await books.topUp(profile, 500n);
  await books.topUp(profile, 500n, client);
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, at) => hold(profile, at % 2 === 0 ? client : newId(), 130n)),
  );
  const ids = outcomes
    .filter((outcome) => !(outcome instanceof Refusal))
    .map((outcome) => (outcome as { id: string }).id);
  const left = await books.prepaidOf(profile);
  expect(ids.length).toBeGreaterThanOrEqual(6);
  expect((left[''] ?? 0) + (left[client] ?? 0)).toBe(1_000 - ids.length * 130);
  await Promise.all(ids.map(release));
  expect(await books.prepaidOf(profile)).toEqual({ '': 500, [client]: 500 });
});

test('A64 money that is paid in comes in once per reference', async () => {
  const profile = await books.profile();
  const asked = { profile, earmarkId: null, amount: 700n, paymentId: newId(), reference: newId() };
  const topUp = () => books.system((tx, now) => topUpPrepaid(tx, { ...asked, now }));
  const done = await Promise.all([topUp(), topUp(), topUp()]);
  expect(done.filter((outcome) => outcome !== null)).toHaveLength(1);
  expect(await books.prepaidOf(profile)).toEqual({ '': 700 });
});
