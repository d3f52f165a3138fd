import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { at, PLUS, type SubscriptionFixture, startSubscriptions } from '../../testing/subscriptionFixture.ts';

// The second wall without the first: what each role sees and may do of quotes and subscriptions, whatever operation
// asks.
let billing: SubscriptionFixture;
let partner: string;
let client: string;

beforeAll(async () => {
  billing = await startSubscriptions();
  at(billing, '2026-11-22T10:00:00.000Z');
  const agency = await billing.payer();
  partner = agency.accountId;
  client = newId();
  await billing.partner(partner, client);
  await billing.done(
    'subscriptionCreateQuote',
    { accountId: client, profileId: agency.profile.id, ...PLUS },
    agency.viewer,
  );
});
afterAll(() => billing.stop());

/** Runs a statement as a request of an account, or under the second role; nothing of it remains. */
async function as(
  role: 'comptoir_billing' | 'comptoir_billing_system',
  sql: string,
  account = '',
  staff = '',
): Promise<unknown> {
  const { admin } = billing;
  await admin.query('begin');
  try {
    await admin.query(`set local role ${role}`);
    await admin.query(
      `select set_config('app.account', $1, true), set_config('app.staff', $2, true), set_config('app.address', '127.0.0.1', true),
              set_config('app.now', $3, true)`,
      [account, staff, billing.clock.now().toISOString()],
    );
    const { rows } = await admin.query(sql);
    return rows[0]?.n;
  } finally {
    await admin.query('rollback');
  }
}

test.each<{
  who: string;
  account: () => string;
  staff: string;
  quotes: number;
  subscriptions: number;
  changes: number;
}>`
  who           | account          | staff   | quotes | subscriptions | changes
  ${'partner'}  | ${() => partner} | ${''}   | ${1}   | ${1}          | ${1}
  ${'client'}   | ${() => client}  | ${''}   | ${0}   | ${1}          | ${1}
  ${'stranger'} | ${newId}         | ${''}   | ${0}   | ${0}          | ${0}
  ${'nobody'}   | ${() => ''}      | ${''}   | ${0}   | ${0}          | ${0}
  ${'staff'}    | ${newId}         | ${'on'} | ${1}   | ${1}          | ${1}
`(
  'A41 a $who sees $quotes quotes and $subscriptions subscriptions: what a partner pays is not its client’s',
  async (row) => {
    const count = (table: string) =>
      as('comptoir_billing', `select count(*)::integer as n from ${table}`, row.account(), row.staff);
    expect(await count('quote')).toBe(row.quotes);
    expect(await count('subscription')).toBe(row.subscriptions);
    expect(await count('subscription_change')).toBe(row.changes);
  },
);

test.each([
  'insert into quote select * from quote',
  'delete from quote',
  'delete from subscription',
  'update subscription_change set per_cycle = 1',
  'delete from subscription_change',
  'update quote set due_today = 1',
  `update quote set offer = '{}'`,
  'update subscription set purchased_at = now()',
])('requests write nothing, and nobody rewrites what was said or what became of it: %s', async (sql) => {
  await expect(as('comptoir_billing', sql, partner)).rejects.toMatchObject({ code: '42501' });
  if (!sql.startsWith('insert'))
    await expect(as('comptoir_billing_system', sql)).rejects.toMatchObject({ code: '42501' });
});

test('two payments for changes of one subscription are not taken, whatever the code does', async () => {
  const twice = `insert into quote (id, kind, account_id, owner_id, input, offer, prepaid_applied, due_today, tax_today, charged_today, created_at,
      expires_at, state, payment_id)
    select gen_random_uuid(), 'SUBSCRIPTION_CHANGE', account_id, owner_id, input, offer, 0, 0, 0, 0, created_at, expires_at, 'PAYING', gen_random_uuid()
    from quote, generate_series(1, 2)`;
  await expect(as('comptoir_billing_system', twice)).rejects.toMatchObject({
    code: '23505',
    constraint: 'quote_being_paid',
  });
});
