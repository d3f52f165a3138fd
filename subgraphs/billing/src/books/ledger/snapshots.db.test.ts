import { newId } from '@comptoir/shared/values/uuid.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BooksFixture, giveCredits, openBooks, openWallet } from '../../testing/booksFixture.ts';
import { randomOf } from '../../testing/tampering.ts';
import { sealLedger } from './sealLedger.ts';
import { loadBalancesAt, snapshotBalances } from './snapshots.ts';

let books: BooksFixture;
let walletId: string;
const START = new Date('2026-11-22T10:00:00.000Z');
const at = (seconds: number): Date => new Date(START.getTime() + seconds * 1_000);

/** Two lots, of which one expires half way, and a wallet's history of 2,500 charges of 1, one every ten seconds. */
const CHARGES = 2_500;
beforeAll(async () => {
  books = await openBooks({ graph: false });
  walletId = await openWallet(books, newId());
  await giveCredits(books, { walletId, credits: 10_000n });
  await giveCredits(books, { walletId, credits: 5_000n, expiresAt: at(CHARGES * 5) });
  await charge(1, CHARGES);
});
afterAll(() => books.stop());

/** Charges `from` to `to`, each at its own instant, written as the operation writes them. */
async function charge(from: number, to: number): Promise<void> {
  await books.admin.query(
    `with t as (
       insert into ledger_transaction (id, type, booked_at, cause)
       select uuidv7(), 'CHARGE', $1::timestamptz + n * interval '10 s', '{}' from generate_series($3::integer, $4) as n returning id, booked_at
     ), taken as (
       update lot set remaining = remaining - ($4 - $3 + 1) where wallet_id = $2 and expires_at is null
     ), moved as (
       update wallet set balance = balance - ($4 - $3 + 1) where id = $2
     )
     insert into ledger_entry (id, transaction_id, booked_at, wallet_id, book, lot_id, kind, amount)
     select uuidv7(), t.id, t.booked_at, x.wallet, x.book, x.lot, 'TRACKER', x.amount
     from t cross join (values
       ($2::uuid, null, (select id from lot where wallet_id = $2 and expires_at is null), -1), (null, 'consumed:TRACKER', null, 1)) as x (wallet, book, lot, amount)`,
    [START, walletId, from, to],
  );
}

/** Added up from the first entry on. */
async function addedUp(instant: Date): Promise<bigint> {
  const { rows } = await books.admin.query(
    `select coalesce(sum(e.amount), 0) as balance from ledger_entry e join lot l on l.id = e.lot_id
     where e.wallet_id = $1 and e.booked_at <= $2 and (l.expires_at is null or l.expires_at > $2)`,
    [walletId, instant],
  );
  return BigInt(rows[0].balance);
}
const balanceAt = async (instant: Date): Promise<bigint> =>
  (await books.system((tx) => loadBalancesAt(tx, [walletId], instant)))[0]?.balance ?? 0n;
const countSnapshots = async (): Promise<number> =>
  (await books.admin.query('select from wallet_snapshot where wallet_id = $1', [walletId])).rowCount ?? 0;

/** A transaction of another test's database on the same server may hold rows back for a moment. */
async function sealAll(): Promise<void> {
  const left =
    'select from ledger_transaction t where not exists (select from ledger_transaction_link l where l.row_id = t.id)';
  await until(async () => {
    await sealLedger(books.work, newId(), books.config);
    return (await books.admin.query(left)).rowCount === 0;
  }, 'everything to be sealed');
}

async function compare(): Promise<void> {
  const random = randomOf(7);
  const instants = [
    0,
    1,
    CHARGES * 5 - 1,
    CHARGES * 5,
    CHARGES * 10,
    ...Array.from({ length: 60 }, () => random(CHARGES * 11)),
  ];
  for (const instant of instants.map(at)) expect(await balanceAt(instant)).toBe(await addedUp(instant));
}

test('N03 any balance as of any instant, without a snapshot and with them', async () => {
  expect(await countSnapshots()).toBe(0);
  await compare();
  expect([await balanceAt(new Date(0)), await balanceAt(at(-1)), await balanceAt(at(0))]).toEqual([0n, 0n, 15_000n]);

  await sealAll();
  // Half of the way, then all of it: as rounds would find it.
  for (const seconds of [CHARGES * 5, CHARGES * 10, CHARGES * 10 + 3_600]) {
    books.clock.set(at(seconds));
    await snapshotBalances(books.work, newId());
  }
  expect(await countSnapshots()).toBe(2);
  await compare();
});

test('N03 snapshots that an entry comes too late for are thrown away, another is made, and nothing is wrong afterwards', async () => {
  await charge(1_100, 1_101);
  await sealAll();
  await snapshotBalances(books.work, newId());
  expect(await countSnapshots()).toBe(1);
  await compare();
});

test('N03 of many wallets in one statement; another’s wallet is 0 for a request', async () => {
  const others = await Promise.all([1, 2, 3].map(() => openWallet(books, newId())));
  await giveCredits(books, { walletId: others[0] as string, credits: 7n });
  const found = await books.system((tx) => loadBalancesAt(tx, [...others, walletId], at(CHARGES * 20)));
  expect(new Map(found.map((row) => [row.walletId, row.balance])).get(others[0] as string)).toBe(7n);
  await books.admin.query('begin; set local role comptoir_billing');
  const { rows } = await books.admin.query('select from wallet_snapshot');
  await books.admin.query('rollback');
  expect(rows).toEqual([]);
});
