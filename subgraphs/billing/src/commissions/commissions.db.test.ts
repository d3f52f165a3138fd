import { newId } from '@comptoir/shared/values/uuid.ts';
import { until } from '@comptoir/testing/until.ts';
import { personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CommissionFixture, staff, startCommissions } from '../testing/commissionFixture.ts';
import { closingMonths } from './closeMonths.ts';
import { earnCommission } from './earn.ts';
import { reverseCommission } from './reverse.ts';
import { closeMonth } from './statementStore.ts';

let billing: CommissionFixture;
beforeAll(async () => {
  billing = await startCommissions();
});
afterAll(() => billing.stop());

const COMMISSIONS = `query ($of: [_Any!]!, $first: Int, $after: String) { _entities(representations: $of) { ... on Account { commissions {
  owed { amount currency } terms { basisPoints months } payoutAddress
  statements(first: $first, after: $after) { nodes { month currency earned { amount } reversed { amount } total { amount } lineCount
    lines { nodes { kind client { id } net { amount } amount { amount } basisPoints month } } payout { state } }
    pageInfo { hasNextPage endCursor } }
  lines { nodes { kind amount { amount } } } } } } }`;

async function commissionsOf(
  partnerId: string,
  viewer = personViewer({ accountId: partnerId }),
  page = {},
): Promise<any> {
  const of = [{ __typename: 'Account', id: partnerId }];
  return (await billing.ask(COMMISSIONS, { of, ...page }, viewer))[0].commissions;
}
const pay = (invoice: Parameters<typeof earnCommission>[1]['invoice']) =>
  billing.system((tx) => earnCommission(tx, { invoice, now: billing.time.now }));
const credit = (creditNote: ReturnType<CommissionFixture['creditNote']>) =>
  billing.system((tx) => reverseCommission(tx, { creditNote, corrects: creditNote.correctsId, now: billing.time.now }));
const owed = async (partnerId: string): Promise<string[]> =>
  (await commissionsOf(partnerId)).owed.map((money: any) => `${money.amount} ${money.currency}`);
const RENEW =
  'mutation { referralCodeRenew { referral { code url clients { nodes { account { id } } } } userErrors { code rule } } }';
const TERMS = `mutation ($input: CommissionTermsSetInput!) { commissionTermsSet(input: $input) { terms { basisPoints months } userErrors { code rule } } }`;

test('A74 a partner gets a referral link; a new one ends the older, and clients that were brought stay', async () => {
  const { partnerId, code } = await billing.partner();
  const viewer = personViewer({ accountId: partnerId });
  const client = await billing.broughtBy(code);
  const { referral, userErrors } = await billing.ask(RENEW, {}, viewer);
  expect(userErrors).toEqual([]);
  expect(referral.code).toMatch(/^[A-Z2-9]{10}$/);
  expect(referral.code).not.toBe(code);
  expect(referral.url).toBe(`http://localhost:4000/join?ref=${referral.code}`);
  expect(referral.clients.nodes).toEqual([{ account: { id: client } }]);
  await billing.broughtBy(code);
  const of = [{ __typename: 'Account', id: partnerId }];
  const query =
    'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Account { referral { code clients { nodes { account { id } } } } } } }';
  const [seen] = await billing.ask(query, { of }, viewer);
  expect(seen.referral).toEqual({ code: referral.code, clients: { nodes: [{ account: { id: client } }] } });
  const [foreign] = await billing.ask(query, { of }, personViewer({ accountId: newId() }));
  expect(foreign.referral).toBeNull();
});

test('A74 U07 only partners have a link', async () => {
  for (const accountId of [billing.account('CLIENT'), billing.account('PARTNER', true), newId()]) {
    expect(await billing.ask(RENEW, {}, personViewer({ accountId }))).toEqual({
      referral: null,
      userErrors: [{ code: 'NOT_A_PARTNER', rule: 'U07' }],
    });
  }
});

test('A74 the first attribution stays; one’s own, unknown and ended codes change nothing, and the answer is the same', async () => {
  const [first, second] = [await billing.partner(), await billing.partner()];
  const ATTRIBUTE =
    'mutation ($input: InternalReferralAttributeInput!) { internalReferralAttribute(input: $input) { accountId } }';
  const attribute = (accountId: string, code: string) =>
    billing.ask(ATTRIBUTE, { input: { accountId, code } }, serviceViewer('identity'));
  const client = billing.account();
  for (const code of ['NOSUCHCODE', '', '\0', 'x'.repeat(500), first.code.toLowerCase(), second.code, first.code]) {
    expect(await attribute(client, code)).toEqual({ accountId: client });
  }
  await attribute(first.partnerId, first.code);
  const { rows } = await billing.admin.query(
    'select client_id, partner_id from referral_attribution where client_id = any($1)',
    [[client, first.partnerId]],
  );
  expect(rows).toEqual([{ client_id: client, partner_id: first.partnerId }]);
  const { errors } = await billing.execute(
    ATTRIBUTE,
    { input: { accountId: client, code: first.code } },
    personViewer({ accountId: client }),
  );
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('A75 a paid invoice earns its share, once, in books that sum to zero; others’ invoices earn nobody anything (A76)', async () => {
  const { partnerId, code } = await billing.partner();
  const client = await billing.broughtBy(code);
  const invoice = billing.invoice(client, 10_001n);
  await pay(invoice);
  await Promise.all([pay(invoice), pay(invoice), pay(invoice)]);
  await pay(billing.invoice(billing.account(), 10_000n));
  // The partner pays for a resold client: the payer is the partner.
  const resold = { ...billing.invoice(partnerId, 10_000n), accountId: client };
  await pay(resold);
  expect(await owed(partnerId)).toEqual(['20.00 EUR']);
  const { rows } = await billing.admin.query(
    `select t.type, t.reference, t.cause, e.book, e.amount from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
     where t.cause ->> 'partnerId' = $1 order by e.amount`,
    [partnerId],
  );
  const cause = { partnerId, clientId: client, invoiceId: invoice.id, month: '2026-11' };
  const of = { type: 'COMMISSION', reference: `commission:${invoice.id}`, cause };
  expect(rows).toEqual([
    { ...of, book: 'commission-cost:MONEY:EUR', amount: '-2000' },
    { ...of, book: 'commission-owed:MONEY:EUR', amount: '2000' },
  ]);
});

test('A75 credit notes take back pro rata, before the invoice was paid too, and the last sale first when they name none', async () => {
  const { partnerId, code } = await billing.partner();
  const client = await billing.broughtBy(code);
  const [a, b, c] = [billing.invoice(client, 9_999n), billing.invoice(client, 5_000n), billing.invoice(client, 1_000n)];
  await pay(a);
  const third = () => billing.creditNote(client, 3_333n, a.id);
  const once = third();
  await credit(once);
  await Promise.all([credit(once), credit(once)]);
  expect(await owed(partnerId)).toEqual(['13.33 EUR']);
  await credit(third());
  await credit(third());
  await credit(third());
  expect(await owed(partnerId)).toEqual(['0.00 EUR']);

  await credit(billing.creditNote(client, 400n, c.id));
  await pay(b);
  await pay(c);
  expect(await owed(partnerId)).toEqual(['11.20 EUR']);
  // 600 of the newest, then 400 of the one before.
  await credit(billing.creditNote(client, 1_000n, null));
  expect(await owed(partnerId)).toEqual(['9.20 EUR']);
  const unpaid = billing.invoice(client, 2_000n);
  await credit(billing.creditNote(client, 4_600n + 1_500n, null));
  expect(await owed(partnerId)).toEqual(['0.00 EUR']);
  // What was left over is taken from what had been billed by then, and not from what is billed later.
  await pay(unpaid);
  expect(await owed(partnerId)).toEqual(['1.00 EUR']);
  await credit(billing.creditNote(client, 10_000n, null));
  expect(await owed(partnerId)).toEqual(['0.00 EUR']);
  billing.time.now = new Date(billing.time.now.getTime() + 1);
  await pay(billing.invoice(client, 1_000n));
  expect(await owed(partnerId)).toEqual(['2.00 EUR']);
  expect(await billing.problems()).toEqual([]);
});

test('A75 said at once by several, an invoice earns once and gives back no more than that', async () => {
  const { partnerId, code } = await billing.partner();
  const client = await billing.broughtBy(code);
  for (let round = 0; round < 5; round++) {
    const invoice = billing.invoice(client, 9_999n);
    await Promise.all([1, 2, 3, 4].map(() => pay(invoice)));
    const whole = [1, 2, 3, 4].map(() => billing.creditNote(client, 9_999n, invoice.id));
    await Promise.all(whole.map(credit));
    expect(await owed(partnerId)).toEqual(['0.00 EUR']);
  }
  expect(await billing.problems()).toEqual([]);
});

test('A75 the terms are those of the day of the invoice; staff set them for one partner or for all', async () => {
  // Two months after the sign-up of the client, to the millisecond.
  const end = new Date(billing.time.now);
  end.setUTCMonth(end.getUTCMonth() + 2);
  const { partnerId, code } = await billing.partner();
  const client = await billing.broughtBy(code);
  const old = billing.invoice(client, 10_000n);
  billing.time.now = new Date(billing.time.now.getTime() + 60_000);
  const set = (input: object, viewer = staff) => billing.ask(TERMS, { input }, viewer);
  const terms = { partnerId, basisPoints: 3_000, months: 2 };
  for (let again = 0; again < 2; again++) {
    expect(await set(terms)).toEqual({ terms: { basisPoints: 3_000, months: 2 }, userErrors: [] });
  }
  const { rows } = await billing.admin.query('select count(*)::int as n from commission_terms where partner_id = $1', [
    partnerId,
  ]);
  expect(rows).toEqual([{ n: 1 }]);
  expect((await commissionsOf(partnerId)).terms).toEqual({ basisPoints: 3_000, months: 2 });
  await pay(old);
  await pay(billing.invoice(client, 10_000n));
  expect(await owed(partnerId)).toEqual(['50.00 EUR']);
  await pay({ ...billing.invoice(client, 10_000n), issuedAt: new Date(end.getTime() - 1) });
  await pay({ ...billing.invoice(client, 10_000n), issuedAt: end });
  expect(await owed(partnerId)).toEqual(['80.00 EUR']);

  for (const [code, of] of [
    ['BASIS_POINTS_OUT_OF_BOUNDS', { basisPoints: 10_001, months: 0 }],
    ['BASIS_POINTS_OUT_OF_BOUNDS', { basisPoints: -1 }],
    ['MONTHS_OUT_OF_BOUNDS', { months: 0 }],
    ['PARTNER_NOT_FOUND', { partnerId: client }],
    ['PARTNER_NOT_FOUND', { partnerId: 'no id' }],
  ] as const) {
    expect(await set({ ...terms, ...of })).toMatchObject({ terms: null, userErrors: [{ code }] });
  }
  for (const viewer of [
    personViewer({ accountId: partnerId }),
    { ...staffViewer(), areas: { BILLING: 'READ' as const } },
  ]) {
    expect((await billing.execute(TERMS, { input: terms }, viewer)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});

test('A75 a month is closed after its end, once, and the partner told; what comes late stands on the next', async () => {
  const { partnerId, code } = await billing.partner();
  const client = await billing.broughtBy(code);
  billing.time.now = new Date('2026-12-31T23:59:59.999Z');
  const december = billing.invoice(client, 100_00n);
  await pay(december);
  await pay(billing.invoice(client, 50_00n, 'USD'));
  const round = closingMonths();
  await round.run(billing.work, newId());
  // In December there is no statement of December.
  expect((await commissionsOf(partnerId)).statements.nodes).toEqual([]);

  billing.time.now = new Date('2027-01-01T00:00:00.000Z');
  await Promise.all([closingMonths().run(billing.work, newId()), round.run(billing.work, newId())]);
  expect(await round.run(billing.work, newId())).toBe(0);
  const late = { ...billing.invoice(client, 30_00n) };
  await billing.system((tx) => earnCommission(tx, { invoice: late, now: new Date('2026-12-31T23:59:59.999Z') }));
  await credit(billing.creditNote(client, 100_00n, december.id));
  billing.time.now = new Date('2027-02-01T00:00:00.000Z');
  await round.run(billing.work, newId());

  const { statements } = await commissionsOf(partnerId);
  const shown = statements.nodes.map((of: any) => [
    of.month,
    of.currency,
    of.earned.amount,
    of.reversed.amount,
    of.total.amount,
    of.lineCount,
    of.lines.nodes.length,
  ]);
  expect(shown[0]).toEqual(['2027-01', 'EUR', '6.00', '20.00', '-14.00', 2, 2]);
  expect(new Set(shown.slice(1).map(String))).toEqual(
    new Set(['2026-12,EUR,20.00,0.00,20.00,1,1', '2026-12,USD,10.00,0.00,10.00,1,1']),
  );
  expect(statements.nodes[0].lines.nodes[1]).toEqual({
    kind: 'EARNED',
    client: { id: client },
    net: { amount: '30.00' },
    amount: { amount: '6.00' },
    basisPoints: 2_000,
    month: '2027-01',
  });
  expect(await billing.problems()).toEqual([]);

  // One page after the other.
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const page: any = (await commissionsOf(partnerId, undefined, { first: 1, after })).statements;
    seen.push(...page.nodes.map((of: any) => of.month + of.currency));
    after = page.pageInfo.endCursor;
    more = page.pageInfo.hasNextPage;
  }
  expect(seen).toEqual(statements.nodes.map((of: any) => of.month + of.currency));

  const told = () => billing.notices.filter(({ accountId }) => accountId === partnerId);
  await until(() => told().length >= 3, 'three notices');
  expect(
    told()
      .map(({ kind, params }) => [kind, ...params.map(({ value }) => value).sort()].join(' '))
      .sort(),
  ).toEqual([
    'COMMISSION_STATEMENT -14.00 EUR 2027-01',
    'COMMISSION_STATEMENT 10.00 USD 2026-12',
    'COMMISSION_STATEMENT 20.00 EUR 2026-12',
  ]);
});

test('A75 what is being booked when its month closes is on that statement, or on the next: never lost', async () => {
  const { partnerId, code } = await billing.partner();
  const client = await billing.broughtBy(code);
  const now = billing.time.now;
  await pay(billing.invoice(client, 10_00n));
  const month = { partnerId, currency: 'EUR', month: now.toISOString().slice(0, 7) };
  // A booking that has begun and not ended: the close must wait for it.
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begun = (): void => undefined;
  const started = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const booking = billing.system(async (tx) => {
    await earnCommission(tx, { invoice: billing.invoice(client, 20_00n), now });
    begun();
    await held;
  });
  await started;
  const closing = billing.system((tx) => closeMonth(tx, month, now));
  const waits = `select from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`;
  await until(async () => (await billing.admin.query(waits)).rowCount !== 0, 'the close to wait');
  release();
  await booking;
  expect(await closing).toMatchObject({ earned: 6_00n, lines: 2 });
  expect(await billing.system((tx) => closeMonth(tx, month, now))).toBeNull();
  await pay(billing.invoice(client, 40_00n));
  expect(await billing.problems()).toEqual([]);
});

test('A75 a month that cannot be closed keeps no other partner waiting, and is tried again', async () => {
  const [stuck, other] = [await billing.partner(), await billing.partner()];
  for (const { code } of [stuck, other]) await pay(billing.invoice(await billing.broughtBy(code), 10_000n));
  await billing.admin.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'stuck'; end $$`,
  );
  await billing.admin.query(
    `create trigger refuse before insert on commission_statement for each row when (new.partner_id = '${stuck.partnerId}') execute function refuse()`,
  );
  billing.time.now = new Date(billing.time.now.getTime() + 31 * 86_400_000);
  const round = closingMonths();
  await expect(round.run(billing.work, newId())).rejects.toThrow('1 months could not be closed.');
  expect((await commissionsOf(other.partnerId)).statements.nodes).toHaveLength(1);
  await billing.admin.query('drop trigger refuse on commission_statement');
  expect(await round.run(billing.work, newId())).toBe(1);
  expect((await commissionsOf(stuck.partnerId)).statements.nodes).toHaveLength(1);
});

test('A75 a partner’s commissions are its own: foreign looks like missing; its managing partner and staff see them', async () => {
  const { partnerId, code } = await billing.partner();
  await pay(billing.invoice(await billing.broughtBy(code), 10_000n));
  expect(await commissionsOf(partnerId, personViewer({ accountId: newId() }))).toBeNull();
  expect(await commissionsOf(newId(), personViewer({ accountId: partnerId }))).toBeNull();
  expect((await commissionsOf(partnerId, staff)).owed).toEqual([{ amount: '20.00', currency: 'EUR' }]);
  const manager = newId();
  await billing.admin.query(`insert into access.reach values ($1, $2, 'BILLING', 'READ', '[2020-01-01,)', $3)`, [
    manager,
    partnerId,
    newId(),
  ]);
  expect((await commissionsOf(partnerId, personViewer({ accountId: manager }))).owed).toHaveLength(1);
  const { errors } = await billing.execute(
    COMMISSIONS,
    { of: [{ __typename: 'Account', id: partnerId }] },
    personViewer({ accountId: partnerId, areas: { TRACKERS: 'WRITE' } }),
  );
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('A75 the statements and lines of many partners take as many data statements as those of one', async () => {
  const partners: string[] = [];
  for (let n = 0; n < 4; n++) {
    const { partnerId, code } = await billing.partner();
    partners.push(partnerId);
    await pay(billing.invoice(await billing.broughtBy(code), 10_000n));
  }
  billing.time.now = new Date('2027-06-01T00:00:00.000Z');
  await closingMonths().run(billing.work, newId());
  const count = async (ids: string[]): Promise<number> => {
    billing.statements();
    await billing.ask(COMMISSIONS, { of: ids.map((id) => ({ __typename: 'Account', id })) }, staff);
    return billing.statements().length;
  };
  const one = await count(partners.slice(0, 1));
  expect(await count(partners)).toBe(one);
});

test('N03 neither role changes what was earned, stated or attributed', async () => {
  for (const table of [
    'commission_line',
    'commission_credit',
    'commission_credit_note',
    'commission_statement',
    'commission_terms',
    'referral_attribution',
    'commission_payout_statement',
  ]) {
    for (const role of ['comptoir_billing', 'comptoir_billing_system']) {
      const { rows } = await billing.admin.query(
        `select has_table_privilege($1, $2, 'UPDATE') or has_any_column_privilege($1, $2, 'UPDATE') or has_table_privilege($1, $2, 'DELETE') as may`,
        [role, `billing.${table}`],
      );
      expect([table, role, rows[0].may]).toEqual([table, role, false]);
    }
  }
});

test('A75 N03 the checks name a statement, a line and a payout that the ledger does not bear out', async () => {
  const { partnerId, code } = await billing.partner();
  await pay(billing.invoice(await billing.broughtBy(code), 10_000n));
  billing.time.now = new Date('2027-07-01T00:00:00.000Z');
  await closingMonths().run(billing.work, newId());
  expect(await billing.problems()).toEqual([]);
  await billing.admin.query('update commission_statement set earned = earned + 1 where partner_id = $1', [partnerId]);
  await billing.admin.query('update commission_line set amount = amount + 1 where partner_id = $1', [partnerId]);
  expect((await billing.problems()).filter((text) => text.includes(partnerId))).toHaveLength(2);
  await billing.admin.query('update commission_statement set earned = earned - 1 where partner_id = $1', [partnerId]);
  await billing.admin.query('update commission_line set amount = amount - 1 where partner_id = $1', [partnerId]);
  expect(await billing.problems()).toEqual([]);
});
