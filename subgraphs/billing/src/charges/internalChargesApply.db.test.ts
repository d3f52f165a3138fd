import { newId } from '@comptoir/shared/values/uuid.ts';
import { until } from '@comptoir/testing/until.ts';
import { anonymous, personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type BillingFixture, CHARGES_APPLY, eventFor, startBilling } from '../testing/billingFixture.ts';

let now = new Date('2026-11-22T12:00:00Z');
let billing: BillingFixture;
beforeAll(async () => {
  billing = await startBilling({ clock: { now: () => now } });
});
afterAll(() => billing.stop());

const charged = (eventId: string) => ({ eventId, chargeId: eventId, refusal: null });
const refused = (eventId: string, refusal: string) => ({ eventId, chargeId: null, refusal });

test('U03 an event is charged to its payer: a charge, a pair of entries, a credit less', async () => {
  const payer = await billing.openAccount();
  const event = eventFor(payer, { ownerId: newId(), credits: 2 });
  expect(await billing.apply(event)).toEqual([charged(event.eventId)]);
  expect(await billing.balanceOf(payer)).toBe(98);

  const { rows } = await billing.admin.query(
    `select e.amount::integer, e.book, e.wallet_id is not null as of_wallet, e.lot_id = c.lot_id as of_lot, t.type, c.credits::integer, c.payer_id, c.owner_id
     from charge c join ledger_transaction t on t.id = c.transaction_id join ledger_entry e on e.transaction_id = t.id
     where c.event_id = $1 order by e.amount`,
    [event.eventId],
  );
  const common = { type: 'CHARGE', credits: 2, payer_id: payer, owner_id: event.ownerId };
  expect(rows).toEqual([
    { ...common, amount: -2, book: null, of_wallet: true, of_lot: true },
    { ...common, amount: 2, book: 'consumed:TRACKER', of_wallet: false, of_lot: null },
  ]);
});

test('P a replayed event is charged once: the first charge stands, also for another payer and another price', async () => {
  const [payer, other] = [await billing.openAccount(), await billing.openAccount()];
  const event = eventFor(payer);
  const first = await billing.apply(event);
  const sizes = await billing.bookSizes();
  expect(await billing.apply(event)).toEqual(first);
  expect(await billing.apply({ ...event, payerId: other, credits: 500 })).toEqual(first);
  expect(await billing.apply({ ...event, payerId: newId() }, event)).toEqual([first[0], first[0]]);
  expect(await billing.bookSizes()).toBe(sizes);
});

test('U03 a refusal writes nothing and is not remembered: the same event may come again after a top-up', async () => {
  const payer = await billing.openAccount({ grant: false });
  const event = eventFor(payer);
  const nobodys = eventFor(newId());
  const sizes = await billing.bookSizes();
  expect(await billing.apply(event, nobodys)).toEqual([
    refused(event.eventId, 'INSUFFICIENT_CREDIT'),
    refused(nobodys.eventId, 'NO_WALLET'),
  ]);
  expect(await billing.bookSizes()).toBe(sizes);

  await billing.addLot(payer, { credits: 1 });
  expect(await billing.apply(event)).toEqual([charged(event.eventId)]);
});

test('U03 of a batch that the credit does not cover the first events are charged and the rest refused', async () => {
  const payer = await billing.openAccount();
  const events = Array.from({ length: 130 }, () => eventFor(payer));
  const results = await billing.apply(...events);
  expect(results.map(({ eventId }) => eventId)).toEqual(events.map(({ eventId }) => eventId));
  expect(results.slice(0, 100).every(({ chargeId }) => chargeId !== null)).toBe(true);
  expect(results.slice(100).every(({ refusal }) => refusal === 'INSUFFICIENT_CREDIT')).toBe(true);
  expect(await billing.balanceOf(payer)).toBe(0);
});

test('P lots pay in their order; a charge over several lots names each; an expired lot pays nothing', async () => {
  const payer = await billing.openAccount({ grant: false });
  const lasting = await billing.addLot(payer, { credits: 5, source: 'PURCHASED' });
  const soon = await billing.addLot(payer, { credits: 2, grantedAt: now, expiresAt: new Date(now.getTime() + 1_000) });
  const sooner = await billing.addLot(payer, { credits: 4, grantedAt: now, expiresAt: new Date(now.getTime() + 500) });

  const event = eventFor(payer, { credits: 7 });
  const before = now;
  now = new Date(before.getTime() + 500);
  expect(await billing.apply({ ...event, credits: 8 })).toEqual([refused(event.eventId, 'INSUFFICIENT_CREDIT')]);
  expect(await billing.apply(event)).toEqual([charged(event.eventId)]);
  now = before;

  const { rows } = await billing.admin.query(
    `select lot_id, lot_credits::integer as credits from charge where event_id = $1
     union all select lot_id, credits::integer from charge_further_lot where event_id = $1 order by 2`,
    [event.eventId],
  );
  expect(rows).toEqual([
    { lot_id: soon, credits: 2 },
    { lot_id: lasting, credits: 5 },
  ]);
  const { rows: left } = await billing.admin.query('select remaining::integer as left from lot where id = $1', [
    sooner,
  ]);
  expect(left).toEqual([{ left: 4 }]);
});

test('N03 500 concurrent charges of 1 on a balance of 100: exactly 100 are accepted', async () => {
  const payer = await billing.openAccount();
  const accepted = await Promise.all(Array.from({ length: 500 }, () => applyUntilAnswered(payer)));
  expect(accepted.filter(Boolean)).toHaveLength(100);
  expect(await billing.balanceOf(payer)).toBe(0);
});

/**
 * Asks again, as trackers does, when the call found no database connection in time; true when the event was charged.
 */
async function applyUntilAnswered(payer: string): Promise<boolean> {
  const input = { charges: [eventFor(payer)] };
  const answer = await until(async () => {
    const { data, errors } = await billing.execute(CHARGES_APPLY, { input }, serviceViewer('trackers'));
    if (errors === undefined) return data as Answer;
    expect(errors[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
    return null;
  }, 'the charge to be answered');
  return answer.internalChargesApply.results[0].chargeId !== null;
}

test('P the same event at once from many calls, for payers that differ, is charged exactly once', async () => {
  const payers = await Promise.all(Array.from({ length: 4 }, () => billing.openAccount()));
  const eventIds = Array.from({ length: 30 }, newId);
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, call) => {
      const events = eventIds.map((eventId) => eventFor(payers[call % 4] as string, { eventId }));
      return billing.apply(...(call % 3 === 0 ? events.reverse() : events));
    }),
  );
  expect(answers.flat().every(({ eventId, chargeId }) => chargeId === eventId)).toBe(true);
  let left = 0;
  for (const payer of payers) left += await billing.balanceOf(payer);
  expect(left).toBe(400 - 30);
});

test('P a call that another one overtakes between its look and its write finds that charge, and books nothing of its own', async () => {
  const [payer, other] = [await billing.openAccount(), await billing.openAccount()];
  const event = eventFor(payer);
  // The admin holds the event's key as an unfinished call for another payer would.
  const { rows } = await billing.admin.query(
    `select w.id as wallet, l.id as lot from wallet w join lot l on l.wallet_id = w.id where w.account_id = $1`,
    [other],
  );
  const transactionId = newId();
  await billing.admin.query('begin');
  await billing.admin.query(`insert into ledger_transaction values ($1, 'CHARGE', null, $2, '{}')`, [
    transactionId,
    now,
  ]);
  await billing.admin.query(
    `insert into ledger_entry values ($1, $2, $3, $4, null, $5, 'TRACKER', -1), ($6, $2, $3, null, 'consumed:TRACKER', null, 'TRACKER', 1)`,
    [newId(), transactionId, now, rows[0].wallet, rows[0].lot, newId()],
  );
  await billing.admin.query('update lot set remaining = remaining - 1 where id = $1', [rows[0].lot]);
  await billing.admin.query('update wallet set balance = balance - 1 where id = $1', [rows[0].wallet]);
  await billing.admin.query('insert into charge values ($1, $2, $3, $4, $5, $5, $6, 1, 1, $7, $7)', [
    event.eventId,
    transactionId,
    rows[0].lot,
    rows[0].wallet,
    other,
    newId(),
    now,
  ]);
  const answer = billing.apply(event, eventFor(payer));
  await waitForBlockedBooking();
  await billing.admin.query('commit');

  expect((await answer).map(({ refusal }) => refusal)).toEqual([null, null]);
  expect(await billing.balanceOf(other)).toBe(99);
  expect(await billing.balanceOf(payer)).toBe(99);
});

/** Polls until a call of the subgraph waits for the admin's transaction. */
async function waitForBlockedBooking(): Promise<void> {
  await until(async () => {
    const { rows } = await billing.admin.query(
      'select from pg_stat_activity where datname = current_database() and pg_backend_pid() = any (pg_blocking_pids(pid))',
    );
    return rows.length > 0;
  }, 'a call to wait');
}

test('the number of statements does not depend on the number of charges', async () => {
  const payers = await Promise.all(Array.from({ length: 20 }, () => billing.openAccount()));
  billing.statements();
  await billing.apply(eventFor(payers[0] as string));
  const forOne = billing.statements();
  await billing.apply(...Array.from({ length: 1_000 }, (_, at) => eventFor(payers[at % 20] as string)));
  const forThousand = billing.statements();
  expect(forOne).toHaveLength(4);
  expect(forThousand).toEqual(forOne);
});

test.each([
  ['none', []],
  ['too many', Array.from({ length: 5_001 }, () => eventFor(newId()))],
  ['an event id that is none', [eventFor(newId(), { eventId: 'x' })]],
  ['a payer id that is none', [eventFor("' or true --")]],
  ['no credits', [eventFor(newId(), { credits: 0 })]],
  ['negative credits', [eventFor(newId(), { credits: -1 })]],
  ['half a credit', [eventFor(newId(), { credits: 0.5 })]],
  ['a date that is none', [eventFor(newId(), { occurredAt: 'yesterday' })]],
])('input that cannot be read is refused whole: %s', async (_case, charges) => {
  const good = eventFor(await billing.openAccount());
  const sizes = await billing.bookSizes();
  const input = { charges: charges.length === 0 ? [] : [good, ...charges] };
  const { data, errors } = await billing.execute(CHARGES_APPLY, { input }, serviceViewer('trackers'));
  expect(data ?? null).toBeNull();
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  expect(await billing.bookSizes()).toBe(sizes);
});

test('only trackers charges: no person, no staff, no other service', async () => {
  const payer = await billing.openAccount();
  const input = { charges: [eventFor(payer)] };
  const viewers = [personViewer({ accountId: payer }), staffViewer(), serviceViewer('identity'), anonymous()];
  for (const viewer of viewers) {
    const { errors } = await billing.execute(CHARGES_APPLY, { input }, viewer);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
  expect(await billing.balanceOf(payer)).toBe(100);
});
