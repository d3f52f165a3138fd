import { newId } from '@comptoir/shared/values/uuid.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expireCredits } from '../../books/expiry/expireCredits.ts';
import { eventFor } from '../../testing/billingFixture.ts';
import { type CreditsFixture, openCredits, said } from '../../testing/creditsFixture.ts';

let credits: CreditsFixture;
beforeAll(async () => {
  credits = await openCredits();
});
afterAll(() => credits.stop());

async function two(): Promise<[string, string]> {
  const both: [string, string] = [await credits.openAccount(), await credits.openAccount()];
  await credits.partner(both[0], both[1]);
  await credits.partner(both[1], both[0]);
  return both;
}

test('P A69 allocating, taking back, charging and sweeping the same wallets at once, in both directions: nothing waits in a circle, no credit is lost or made', async () => {
  const [one, other] = await two();
  const soon = new Date(credits.clock.now().getTime() + 3_600_000);
  for (const id of [one, other]) {
    await credits.give(id, { credits: 200 });
    await credits.give(id, { credits: 50, expiresAt: soon });
  }
  let charged = 0;
  for (let round = 0; round < 6; round += 1) {
    if (round === 4) credits.clock.set(soon);
    const both = [eventFor(one, { credits: 3 }), eventFor(other, { credits: 3 })];
    const work = [
      ...Array.from({ length: 4 }, () => credits.allocate(one, other, 7).then(said)),
      ...Array.from({ length: 4 }, () => credits.allocate(other, one, 7).then(said)),
      ...Array.from({ length: 3 }, () => credits.takeBack(other, one, 5).then(([code = 'DONE']) => code)),
      ...Array.from({ length: 3 }, () => credits.takeBack(one, other, 5).then(([code = 'DONE']) => code)),
      credits.charge(...both).then(count),
      credits.charge(...both.map((event) => ({ ...event, eventId: newId() })).reverse()).then(count),
      credits.run(expireCredits).then(String),
    ];
    const outcomes = await Promise.all(work);
    for (const outcome of outcomes)
      expect(outcome).toMatch(/^(COMMITTED|DONE|NOT_ENOUGH_UNSPENT|INSUFFICIENT_CREDIT|\d+)$/);
    charged += Number(outcomes.at(-3)) + Number(outcomes.at(-2));
  }
  await credits.run(expireCredits);
  await credits.expectSound();
  const { rows } = await credits.admin.query(
    `select coalesce(sum(amount) filter (where book = 'expired:TRACKER'), 0)::int as expired, coalesce(sum(amount) filter (where book = 'consumed:TRACKER'), 0)::int as consumed
     from ledger_entry`,
  );
  expect(rows[0].consumed).toBe(charged * 3);
  expect((await credits.balance(one)) + (await credits.balance(other))).toBe(500 - charged * 3 - rows[0].expired);
});

const count = (refusals: (string | null)[]): string => String(refusals.filter((refusal) => refusal === null).length);

test('P the last credits go to one of ten allocations at once; the others are refused', async () => {
  const [one, other] = await two();
  await credits.give(one, { credits: 10 });
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => credits.allocate(one, other, 10).then(said)));
  expect(outcomes.filter((outcome) => outcome === 'COMMITTED')).toHaveLength(1);
  expect([await credits.balance(one), await credits.balance(other)]).toEqual([0, 10]);
});

test('P A69 a charge that holds the wallet is waited for: what it spends cannot be taken back', async () => {
  const [one, other] = await two();
  await credits.give(one, { credits: 10 });
  await credits.allocate(one, other, 10);
  await credits.admin.query('begin');
  await credits.admin.query(`select from wallet where account_id = $1 for no key update`, [other]);
  const charge = credits.charge(eventFor(other, { credits: 8 }));
  await untilWaiting(1);
  const back = credits.takeBack(other, one, 5);
  await untilWaiting(2);
  await credits.admin.query('commit');
  const [refusals, codes] = await Promise.all([charge, back]);
  // One came first, the other was refused: both together were more than there was.
  expect([refusals[0] === null, codes.length === 0].filter(Boolean)).toHaveLength(1);
  await credits.expectSound();
});

test('P two sweeps that wait for the same wallet book what expired once', async () => {
  const account = await credits.openAccount();
  await credits.run(expireCredits);
  await credits.give(account, { credits: 9, expiresAt: new Date(credits.clock.now().getTime() + 60_000) });
  credits.forward(1);
  await credits.admin.query('begin');
  await credits.admin.query(`select from wallet where account_id = $1 for no key update`, [account]);
  const sweeps = Promise.all([credits.run(expireCredits), credits.run(expireCredits)]);
  await untilWaiting(2);
  await credits.admin.query('commit');
  expect((await sweeps).reduce((sum, one) => sum + one, 0)).toBe(1);
  await credits.expectSound();
});

async function untilWaiting(many: number): Promise<void> {
  await until(async () => {
    const { rows } = await credits.admin.query(
      `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows[0].waiting >= many;
  }, `${many} to wait`);
}
