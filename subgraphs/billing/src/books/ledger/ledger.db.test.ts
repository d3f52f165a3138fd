import { newId } from '@comptoir/shared/values/uuid.ts';
import { anonymous, personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type BillingFixture, eventFor, startBilling } from '../../testing/billingFixture.ts';
import { readChecks } from './ledgerCheck.ts';

let billing: BillingFixture;
let accountId: string;
beforeAll(async () => {
  billing = await startBilling();
  accountId = await billing.openAccount();
  await billing.addLot(accountId, { credits: 2, expiresAt: new Date(Date.now() + 3_600_000) });
  await billing.apply(eventFor(accountId, { credits: 5 }), eventFor(accountId));
});
afterAll(() => billing.stop());

const CHECK = `{ ledgerCheck { sound problems { check detail } transactions entries kinds { kind granted consumed left } } }`;

async function check(): Promise<Answer> {
  const { data, errors } = await billing.execute(CHECK, {}, staffViewer());
  expect(errors).toBeUndefined();
  return (data as Answer).ledgerCheck;
}

/** Runs statements as a role of the application, in one transaction that ends as it is told to. */
async function as(role: string, work: () => Promise<unknown>, end: 'commit' | 'rollback' = 'rollback'): Promise<void> {
  await billing.admin.query('begin');
  try {
    await billing.admin.query(`set local role ${role}`);
    await work();
  } catch (error) {
    await billing.admin.query('rollback');
    throw error;
  }
  await billing.admin.query(end);
}

test('N03 the check finds the books sound, and what it adds up', async () => {
  expect(await check()).toEqual({
    sound: true,
    problems: [],
    transactions: 3,
    entries: 8,
    kinds: [{ kind: 'TRACKER', granted: 102, consumed: 6, left: 96 }],
  });
});

test('N03 the check is for staff who hold BILLING', async () => {
  const code = async (viewer: Parameters<BillingFixture['execute']>[2]) =>
    (await billing.execute(CHECK, {}, viewer)).errors?.[0]?.extensions.code;
  expect(await code(personViewer({ accountId }))).toBe('FORBIDDEN');
  expect(await code({ ...staffViewer(), areas: { SUPPORT: 'WRITE' } })).toBe('FORBIDDEN');
  expect(await code(anonymous())).toBe('UNAUTHENTICATED');
});

const CROOKED = {
  'one side only': (id: string) =>
    `insert into ledger_entry values ('${newId()}', '${id}', '2026-11-22', null, 'issued:TRACKER', null, 'TRACKER', 5)`,
  'sides that differ': (id: string) =>
    `insert into ledger_entry values ('${newId()}', '${id}', '2026-11-22', null, 'issued:TRACKER', null, 'TRACKER', 5),
                                     ('${newId()}', '${id}', '2026-11-22', null, 'consumed:TRACKER', null, 'TRACKER', -4)`,
  'a zero sum over two kinds': (id: string) =>
    `insert into ledger_entry values ('${newId()}', '${id}', '2026-11-22', null, 'issued:TRACKER', null, 'TRACKER', 5),
                                     ('${newId()}', '${id}', '2026-11-22', null, 'consumed:SMS', null, 'SMS', -5)`,
};

test.each(Object.entries(CROOKED))(
  'N03 the database refuses a transaction with %s at its commit',
  async (_case, entries) => {
    const id = newId();
    const sizes = await billing.bookSizes();
    const written = as(
      'comptoir_billing_system',
      async () => {
        await billing.admin.query(`insert into ledger_transaction values ('${id}', 'GRANT', null, '2026-11-22', '{}')`);
        await billing.admin.query(entries(id));
      },
      'commit',
    );
    await expect(written).rejects.toThrow('does not sum to zero');
    expect(await billing.bookSizes()).toBe(sizes);
  },
);

/** Columns from wallet_id to amount; OWN is the account with lots, OTHER another one. */
const walletOf = (account: string): string => `(select id from wallet where account_id = '${account}')`;
const REFUSED_ENTRIES: [string, string][] = [
  ['a zero amount', `null, 'issued:TRACKER', null, 'TRACKER', 0`],
  ['neither wallet nor book', `null, null, null, 'TRACKER', 5`],
  ['both wallet and book', `${walletOf('OWN')}, 'issued:TRACKER', null, 'TRACKER', 5`],
  ['a book of another kind', `null, 'issued:SMS', null, 'TRACKER', 5`],
  ['a wallet of another kind', `${walletOf('OWN')}, null, null, 'SMS', 5`],
  [
    'a lot of another wallet',
    `${walletOf('OTHER')}, null, (select id from lot where wallet_id = ${walletOf('OWN')} limit 1), 'TRACKER', 5`,
  ],
];

test.each(REFUSED_ENTRIES)('N03 the database refuses an entry with %s', async (_fault, entry) => {
  const columns = entry.replaceAll('OWN', accountId).replaceAll('OTHER', await billing.openAccount());
  const id = newId();
  const written = as('comptoir_billing_system', async () => {
    await billing.admin.query(`insert into ledger_transaction values ('${id}', 'GRANT', null, '2026-11-22', '{}')`);
    await billing.admin.query(`insert into ledger_entry values ('${newId()}', '${id}', '2026-11-22', ${columns})`);
  });
  await expect(written).rejects.toThrow(/violates (check|foreign key) constraint/);
});

const BOOKS = ['ledger_transaction', 'ledger_entry', 'charge', 'charge_further_lot'];
const ROLES = ['comptoir_billing', 'comptoir_billing_system'];
const COLUMN: Record<string, string> = {
  ledger_transaction: 'cause',
  ledger_entry: 'amount',
  charge: 'credits',
  charge_further_lot: 'credits',
};

test.each(ROLES.flatMap((role) => BOOKS.map((table) => [role, table] as const)))(
  'N03 %s can neither UPDATE nor DELETE nor TRUNCATE %s',
  async (role, table) => {
    const column = COLUMN[table];
    for (const sql of [
      `update ${table} set ${column} = ${column}`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ]) {
      await expect(as(role, () => billing.admin.query(sql))).rejects.toThrow(/permission denied/);
    }
  },
);

test('N03 a request cannot write any table, and nobody moves more of a wallet or lot than its projection', async () => {
  const writes = [
    `insert into wallet values ('${newId()}', '${accountId}', 'SMS', 5)`,
    'update wallet set balance = 0',
    'update lot set remaining = 0',
    `insert into charge select * from charge`,
    `insert into ledger_entry select * from ledger_entry`,
    `insert into ledger_transaction (id, type, booked_at, cause) select id, type, booked_at, cause from ledger_transaction`,
  ];
  for (const sql of writes) {
    await expect(as('comptoir_billing', () => billing.admin.query(sql))).rejects.toThrow(/permission denied/);
  }
  for (const sql of [
    'update wallet set account_id = account_id',
    'update lot set original = original',
    'delete from wallet',
    'delete from lot',
  ]) {
    await expect(as('comptoir_billing_system', () => billing.admin.query(sql))).rejects.toThrow(/permission denied/);
  }
});

test('no wallet or lot goes below zero, whoever writes it', async () => {
  await expect(billing.admin.query('update wallet set balance = -1')).rejects.toThrow(/check constraint/);
  await expect(billing.admin.query('update lot set remaining = -1')).rejects.toThrow(/check constraint/);
  await expect(billing.admin.query('update lot set remaining = original + 1')).rejects.toThrow(/check constraint/);
});

/** What only somebody past the roles could do to the rows, and the checks that find it. */
const TAMPERINGS: [string, string, string[]][] = [
  [
    'a balance raised',
    'update wallet set balance = balance + 1 where balance > 0',
    ['wallet_balance_is_its_entries', 'wallet_balance_is_its_lots'],
  ],
  ['a lot refilled', 'update lot set remaining = original', ['lot_is_its_entries', 'wallet_balance_is_its_lots']],
  [
    'a charge made cheaper',
    'update charge set credits = 1, lot_credits = 1 where credits = 5',
    ['charges_are_their_entries'],
  ],
  ['a charge removed', 'delete from charge where credits = 1', ['charges_are_their_entries']],
  [
    'an entry changed',
    `update ledger_entry set amount = amount - 1 where book = 'issued:TRACKER'`,
    ['entries_sum_to_zero'],
  ],
  ['a transaction emptied', 'delete from ledger_entry where book is not null', ['entries_sum_to_zero']],
  [
    'a transaction without entries',
    `insert into ledger_transaction values (uuidv7(), 'GRANT', null, '2026-11-22', '{}')`,
    ['entries_sum_to_zero'],
  ],
  ['a lot of a charge forgotten', 'delete from charge_further_lot', ['charges_are_their_entries']],
  [
    'a snapshot that is not its entries',
    `insert into wallet_snapshot select id, '2999-01-01', '{}', '{}' from wallet where balance > 0`,
    ['snapshot_is_its_entries'],
  ],
  [
    'a lot that no transaction opened',
    `insert into lot select uuidv7(), wallet_id, source, priority, granted_at, expires_at, 1, 0 from lot limit 1`,
    ['lot_is_its_entries', 'part_has_its_transaction'],
  ],
  [
    'a charge whose transaction is gone',
    `set local session_replication_role = replica; update charge set transaction_id = uuidv7() where credits = 1`,
    ['charges_are_their_entries', 'part_has_its_transaction'],
  ],
];

test.each(TAMPERINGS)('N03 the checks find %s', async (_case, sql, found) => {
  // In a transaction that is rolled back, hence the checks are run as they stand and not by the query.
  await billing.admin.query('begin');
  try {
    await billing.admin.query(sql);
    const failing: string[] = [];
    for (const { name, sql: select } of readChecks()) {
      const { rows } = await billing.admin.query(select);
      if (rows.length > 0) failing.push(name);
    }
    expect(failing.sort()).toEqual(found);
  } finally {
    await billing.admin.query('rollback');
  }
});

test('N03 ledgerCheck tells the problems', async () => {
  await billing.admin.query('update wallet set balance = balance + 1 where account_id = $1', [accountId]);
  const told = await check();
  await billing.admin.query('update wallet set balance = balance - 1 where account_id = $1', [accountId]);
  expect(told.sound).toBe(false);
  expect(told.problems.map((problem: Answer) => problem.check)).toEqual([
    'wallet_balance_is_its_entries',
    'wallet_balance_is_its_lots',
  ]);
  expect(told.problems[0].detail).toMatch(/^The wallet .* shows 97, its entries sum to 96\.$/);
  expect((await check()).sound).toBe(true);
});
