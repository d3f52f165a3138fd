import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProblems, readChecks } from '@comptoir/billing/books/ledger/ledgerCheck.ts';
import { LEDGER } from '@comptoir/billing/books/ledger/ledgerStream.ts';
import { sealLedger } from '@comptoir/billing/books/ledger/sealLedger.ts';
import { loadBalancesAt, snapshotBalances } from '@comptoir/billing/books/ledger/snapshots.ts';
import { type BooksFixture, giveCredits, openBooks, openWallet } from '@comptoir/billing/testing/booksFixture.ts';
import { runSeed } from '@comptoir/billing/testing/modelRun.ts';
import { exportLedger } from '@comptoir/launch/ledger/exportLedger.ts';
import { verifyExport } from '@comptoir/launch/ledger/verifyExport.ts';
import { readHeads, verifySeals } from '@comptoir/shared/audit/seal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { spreadOf } from '../statistics/statistics.ts';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const from = performance.now();
  return [await work(), performance.now() - from];
}

/**
 * The real books against the plain model, two databases at a time. Throws with the seed and a shortest list of
 * operations when they differ.
 */
export async function model(seeds: number, operations: number, first = 1): Promise<void> {
  const from = performance.now();
  let next = first;
  const work = async (): Promise<void> => {
    const books = await openBooks({ graph: false });
    try {
      for (let seed = next++; seed < first + seeds; seed = next++) {
        await runSeed(books, seed, operations, 10);
        if (seed % 100 === 0) console.log(`model        seed ${seed}; ${seconds(performance.now() - from)}`);
      }
      const checks = readChecks().filter(({ name }) => name !== 'held_is_its_holds');
      assert.deepEqual(await books.system((tx) => findProblems(tx, checks)), []);
    } finally {
      await books.stop();
    }
  };
  // Both are to be through before the server is stopped, also when one has found something.
  const [one, other] = await Promise.allSettled([work(), work()]);
  for (const { reason } of [one, other].filter((end) => end.status === 'rejected')) throw reason;
  console.log(
    `model        seeds ${first} to ${first + seeds - 1}, ${operations} operations each: every outcome, lot, balance and balance of the past is the model's; ${seconds(performance.now() - from)}`,
  );
}

/** Transactions as chargers leave them, one event each, in one go. */
async function addCharges(
  { admin }: BooksFixture,
  walletId: string,
  count: number,
  everyMs: number,
  start: Date,
): Promise<void> {
  const STEP = 20_000;
  for (let from = 1; from <= count; from += STEP) {
    const to = Math.min(count, from + STEP - 1);
    await admin.query(
      `with t as (
         insert into ledger_transaction (id, type, booked_at, cause)
         select uuidv7(), 'CHARGE', $2::timestamptz + n * $5::integer * interval '1 ms', '{"requestId": "figures"}' from generate_series($3::integer, $4) as n
         returning id, booked_at
       ), l as (
         update lot set remaining = remaining - ($4 - $3 + 1) where wallet_id = $1 returning id
       ), w as (
         update wallet set balance = balance - ($4 - $3 + 1) where id = $1 returning account_id
       ), e as (
         insert into ledger_entry (id, transaction_id, booked_at, wallet_id, book, lot_id, kind, amount)
         select uuidv7(), t.id, t.booked_at, x.wallet, x.book, x.lot, 'TRACKER', x.amount
         from t cross join l cross join lateral (values ($1::uuid, null, l.id, -1), (null, 'consumed:TRACKER', null, 1)) as x (wallet, book, lot, amount)
       )
       insert into charge (event_id, transaction_id, lot_id, wallet_id, payer_id, owner_id, tracker_id, credits, lot_credits, occurred_at, booked_at)
       select uuidv7(), t.id, l.id, $1, w.account_id, w.account_id, uuidv7(), 1, 1, t.booked_at, t.booked_at from t cross join l cross join w`,
      [walletId, start, from, to, everyMs],
    );
  }
}

/** What sealing, exporting and verifying cost per transaction of one event, the dearest kind to seal. */
export async function sealing(transactions: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'comptoir-sealing-'));
  const ledgerHeads = join(folder, 'heads.jsonl');
  const books = await openBooks({ config: { ledgerHeads }, graph: false });
  try {
    const walletId = await openWallet(books, newId());
    await giveCredits(books, { walletId, credits: 10_000_000n });
    await addCharges(books, walletId, transactions, 10, books.clock.now());
    await books.admin.query('analyze');
    const [checkpoints, sealed] = await timed(() => sealLedger(books.work, newId(), books.config));
    const rate = (ms: number): string => `${Math.round(transactions / (ms / 1_000)).toLocaleString('en')} a second`;
    console.log(
      `sealing      ${transactions} transactions of one event: ${checkpoints} checkpoints, ${seconds(sealed)}, ${rate(sealed)}`,
    );
    const heads = readHeads(ledgerHeads, LEDGER.name);
    const key = books.config.sealingKey;
    const inSnapshot = <T>(
      work: (sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>) => Promise<T>,
    ) =>
      (async () => {
        await books.admin.query('begin isolation level repeatable read');
        const outcome = await work(async (text, values) => (await books.admin.query(text, values)).rows ?? []);
        await books.admin.query('commit');
        return outcome;
      })();
    const [report, verified] = await timed(() => inSnapshot((sql) => verifySeals(sql, LEDGER, { key, heads })));
    assert.equal(report.problem, null);
    console.log(`sealing      verified in the database in ${seconds(verified)}, ${rate(verified)}`);
    const file = join(folder, 'export.jsonl');
    const [lines, exported] = await timed(() => inSnapshot((sql) => exportLedger(sql, file, { heads, key })));
    const { size } = await stat(file);
    console.log(`sealing      exported ${lines} lines, ${(size / 1e6).toFixed(0)} MB, in ${seconds(exported)}`);
    const [offline, checked] = await timed(() => verifyExport(file, { key, heads }));
    assert.deepEqual([offline.problem, offline.transactions], [null, report.rows]);
    console.log(`sealing      the export verified without a database in ${seconds(checked)}, ${rate(checked)}`);
  } finally {
    await books.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A balance of any instant, of a wallet with very many entries: before there are snapshots, and with them. */
export async function balancesThen(entries: number): Promise<void> {
  const books = await openBooks({ graph: false });
  try {
    const start = books.clock.now();
    const walletId = await openWallet(books, newId());
    await giveCredits(books, { walletId, credits: 10_000_000n });
    await addCharges(books, walletId, entries, 1_000, start);
    await books.admin.query('vacuum analyze ledger_entry');
    const instants = Array.from(
      { length: 50 },
      (_none, at) => new Date(start.getTime() + Math.round((entries * (at + 0.5)) / 50) * 1_000),
    );
    const ask = async (): Promise<{ balances: bigint[]; spread: ReturnType<typeof spreadOf> }> => {
      const times: number[] = [];
      const balances: bigint[] = [];
      for (const instant of instants) {
        const [rows, took] = await timed(() => books.system((tx) => loadBalancesAt(tx, [walletId], instant)));
        times.push(took);
        balances.push(rows[0]?.balance ?? 0n);
      }
      return { balances, spread: spreadOf(times) };
    };
    const words = ({ spread }: { spread: ReturnType<typeof spreadOf> }): string =>
      `${spread.median.toFixed(1)} ms (median), ${spread.max.toFixed(1)} ms at most`;
    const before = await ask();
    console.log(`balanceAt    ${entries} entries of one wallet, 50 instants, no snapshot: ${words(before)}`);
    await sealLedger(books.work, newId(), books.config);
    // As rounds would have made them: one every 2,000 entries.
    for (let at = 2_000; at <= entries + 2_000; at += 2_000) {
      books.clock.set(new Date(start.getTime() + at * 1_000 + 300_000));
      await snapshotBalances(books.work, newId());
    }
    await books.admin.query('vacuum analyze');
    const after = await ask();
    assert.deepEqual(after.balances, before.balances);
    const { rows } = await books.admin.query('select count(*)::integer as count from wallet_snapshot');
    console.log(`balanceAt    the same with ${rows[0].count} snapshots: ${words(after)}; the same answers`);
  } finally {
    await books.stop();
  }
}
