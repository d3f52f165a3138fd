import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BillingFixture, eventFor, startBilling } from '../../testing/billingFixture.ts';

// The second wall without the first: what the request's role sees of each table, whatever operation asks.
let billing: BillingFixture;
const owner = newId();
let payer: string;
let stranger: string;

beforeAll(async () => {
  billing = await startBilling();
  payer = await billing.openAccount({ grant: false });
  stranger = await billing.openAccount();
  await billing.addLot(payer, { credits: 1 });
  await billing.addLot(payer, { credits: 9 });
  // Two lots pay it, so that every table has a row of the payer's.
  await billing.apply(eventFor(payer, { ownerId: owner, credits: 5 }));
});
afterAll(() => billing.stop());

const TABLES = ['wallet', 'lot', 'ledger_transaction', 'ledger_entry', 'charge', 'charge_further_lot'];

type Settings = { account?: string; staff?: boolean; address?: string };

/** How many rows of each table a request sees. */
async function seen({ account = '', staff = false, address = '127.0.0.1' }: Settings): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  await billing.admin.query('begin');
  try {
    await billing.admin.query('set local role comptoir_billing');
    await billing.admin.query(
      `select set_config('app.account', $1, true), set_config('app.staff', $2, true), set_config('app.address', $3, true),
              set_config('app.now', $4, true)`,
      [account, staff ? 'on' : '', address, new Date().toISOString()],
    );
    for (const table of TABLES) {
      const { rows } = await billing.admin.query(`select count(*)::integer as n from ${table}`);
      counts[table] = rows[0].n;
    }
    return counts;
  } finally {
    await billing.admin.query('rollback');
  }
}

const NONE = Object.fromEntries(TABLES.map((table) => [table, 0]));
const PAYERS = { wallet: 1, lot: 2, ledger_transaction: 3, ledger_entry: 4, charge: 1, charge_further_lot: 1 };
const STRANGERS = { ...NONE, wallet: 1, lot: 1, ledger_transaction: 1, ledger_entry: 1 };

test('an account sees its own rows and no book of ours', async () => {
  expect(await seen({ account: payer })).toEqual(PAYERS);
  expect(await seen({ account: stranger })).toEqual(STRANGERS);
});

test('U04 the owner of a tracker sees the charge for it, and nothing else of the payer', async () => {
  expect(await seen({ account: owner })).toEqual({ ...NONE, charge: 1 });
});

test('nobody sees nothing, and an account that has nothing neither', async () => {
  expect(await seen({})).toEqual(NONE);
  expect(await seen({ account: newId() })).toEqual(NONE);
});

test("staff see every account's rows, but entries of our own books are nobody's", async () => {
  const all = Object.fromEntries(TABLES.map((table) => [table, PAYERS[table as 'lot'] + STRANGERS[table as 'lot']]));
  expect(await seen({ account: newId(), staff: true })).toEqual(all);
  const { rows } = await billing.admin.query('select count(*)::integer as n from ledger_entry where book is not null');
  expect(rows[0].n).toBeGreaterThan(0);
});

test('U05 a partner sees what is reached for BILLING while the partnership lasts, not for another area or after it', async () => {
  const [partner, area, former] = [newId(), newId(), newId()];
  const hour = (hours: number): Date => new Date(Date.now() + hours * 3_600_000);
  const reach = `insert into access.reach values ($1, $2, $3, 'READ', tstzrange($4, $5), $6)`;
  await billing.admin.query(reach, [partner, payer, 'BILLING', hour(-2), null, newId()]);
  await billing.admin.query(reach, [area, payer, 'TRACKERS', hour(-2), null, newId()]);
  await billing.admin.query(reach, [former, payer, 'BILLING', hour(-2), hour(-1), newId()]);
  expect(await seen({ account: partner })).toEqual(PAYERS);
  expect(await seen({ account: area })).toEqual(NONE);
  expect(await seen({ account: former })).toEqual(NONE);
});

test('G11 an account with a list of networks shows its rows to no address outside it', async () => {
  await billing.admin.query(`insert into access.account_network values ($1, '{10.1.0.0/16}')`, [stranger]);
  expect(await seen({ account: stranger, address: '10.2.0.1' })).toEqual(NONE);
  expect(await seen({ account: stranger, address: '' })).toEqual(NONE);
  expect(await seen({ account: stranger, address: '10.1.9.9' })).toEqual(STRANGERS);
});
