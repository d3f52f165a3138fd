import { readdir } from 'node:fs/promises';
import { addOwners } from '@comptoir/launch/seed/owners.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type TestDatabase, testDatabase } from '@comptoir/testing/testDatabase.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type Check, checkBooks, readChecks } from './books.ts';

/** The cross-subgraph invariants of `infra/tools/src/torture/checks`, each with a fault that it is there to find. */
let database: TestDatabase;
let admin: pg.Client;
let checks: Check[];

beforeAll(async () => {
  database = await testDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  checks = await readChecks();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

const [ONE, TWO, SHOP] = [
  '11111111-1111-7111-8111-111111111111',
  '22222222-2222-7222-8222-222222222222',
  '33333333-3333-7333-8333-333333333333',
];
const AT = '2026-02-28T12:00:00Z';
const event = (id: string | undefined) =>
  `insert into trackers.event values ('${id}', '${SHOP}', 'scan', '${ONE}', 'SCAN', '${AT}', '${AT}', '${SHOP}', 1, '${id}');`;
const charge = (id: string | undefined, credits = 1) =>
  `insert into billing.charge values ('${id}', '${ONE}', '${ONE}', '${ONE}', '${SHOP}', '${SHOP}', '${ONE}', ${credits}, ${credits}, '${AT}', '${AT}');`;
const intake = (id: string | undefined) =>
  `insert into trackers.intake values ('${id}', '${SHOP}', 'scan', '${ONE}', 'SCAN', '${AT}', true, '${SHOP}', 1, null, '${AT}', 1, 0, '${AT}');`;

const FAULTS: [check: string, sql: string][] = [
  ['event_has_its_charge', event(ONE)],
  ['event_has_its_charge', event(ONE) + charge(ONE, 2)],
  ['charge_has_its_event', charge(ONE)],
  ['charge_has_its_event', charge(ONE) + event(TWO) + intake(TWO)],
  ['intake_is_not_yet_event', event(ONE) + intake(TWO)],
  ['consumed_is_charged', charge(ONE)],
  ['wallet_has_its_account', `insert into billing.wallet values ('${ONE}', '${SHOP}', 'TRACKER', 0)`],
  [
    'tracker_has_its_account',
    `insert into trackers.tracker (id, account_id, kind, name, status, created_by, created_at)
     values ('${ONE}', '${SHOP}', 'QR_CODE', 'Door', 'ACTIVE', '${ONE}', '${AT}')`,
  ],
  [
    'open_delegation_is_paid',
    `insert into trackers.delegation (id, client_id, partner_id, status, offered_by, offered_at, answered_by, answered_at)
     values ('${ONE}', '${SHOP}', '${TWO}', 'ACTIVE', '${ONE}', '${AT}', '${ONE}', '${AT}');
     insert into trackers.delegation_tracker values ('${ONE}', '${ONE}', '${SHOP}', '${TWO}', true)`,
  ],
];

/**
 * What the checks find once the fault is in; nothing of it stays. Foreign keys are off: the faults are those that they
 * cannot see.
 */
async function found(fault: string): Promise<string[]> {
  await admin.query('begin; set local session_replication_role = replica');
  try {
    await admin.query(fault);
    const names: string[] = [];
    for (const { name, sql } of checks) if ((await admin.query(sql)).rows.length > 0) names.push(name);
    return names;
  } finally {
    await admin.query('rollback');
  }
}

test.each(FAULTS)('%s finds its fault', async (check, fault) => {
  expect(await found(fault)).toContain(check);
});

test('what is in order, or on its way, is no fault', async () => {
  expect(await checkBooks(admin, checks)).toEqual([]);
  // A charge whose event still waits to be made one: the moment between the two.
  const names = await found(charge(ONE) + intake(ONE));
  expect(names.filter((name) => /event|intake/.test(name))).toEqual([]);
});

test('ready_account_is_open finds its fault', async () => {
  const owner = { email: 'owner@nowhere.example', displayName: 'Owner', accountId: newId(), role: 'OWNER' } as const;
  await addOwners(database.urls.identity.system, 'correct horse battery staple', [owner]);
  const [problem, ...others] = await checkBooks(admin, checks);
  expect(problem).toContain(`ready_account_is_open: The account ${owner.accountId} is said to be ready`);
  expect(others).toEqual([]);
});

test('every check across subgraphs is tried here', async () => {
  const files = await readdir(new URL('./checks/', import.meta.url));
  const tried = new Set([...FAULTS.map(([check]) => `${check}.sql`), 'ready_account_is_open.sql']);
  expect([...tried].sort()).toEqual(files.sort());
});
