import { newId } from '@comptoir/shared/values/uuid.ts';
import { until } from '@comptoir/testing/until.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CommissionFixture, staff, startCommissions } from '../testing/commissionFixture.ts';
import { closingMonths } from './closeMonths.ts';
import { earnCommission } from './earn.ts';
import { reverseCommission } from './reverse.ts';
import { testPayouts } from './testPayouts.ts';

let form: CommissionFixture;
let direct: CommissionFixture;
const provider = testPayouts();
beforeAll(async () => {
  form = await startCommissions();
  direct = await startCommissions({ payouts: provider });
});
afterAll(async () => {
  await form.stop();
  await direct.stop();
});

const BATCH =
  'batch { id month currency state total { amount } payoutCount form payouts { nodes { id amount { amount } state address } } } userErrors { code rule }';
const ADDRESS =
  'mutation ($input: PayoutAddressSetInput!) { payoutAddressSet(input: $input) { commissions { payoutAddress } userErrors { code } } }';
const EXPORT = `mutation ($input: CommissionPayoutExportInput!) { commissionPayoutExport(input: $input) { ${BATCH} } }`;
const CONFIRM = `mutation ($input: CommissionPayoutConfirmInput!) { commissionPayoutConfirm(input: $input) { ${BATCH} } }`;
const CANCEL = `mutation ($input: CommissionPayoutCancelInput!) { commissionPayoutCancel(input: $input) { ${BATCH} } }`;
const OWED = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Account { commissions {
  owed { amount } statements { nodes { month total { amount } payout { state amount { amount } } } } } } } }`;

const setAddress = (at: CommissionFixture, accountId: string, email: string | null) =>
  at.ask(ADDRESS, { input: { email } }, personViewer({ accountId }));
const exportAll = (at: CommissionFixture, month: string, of = {}): Promise<any> =>
  at.ask(EXPORT, { input: { month, currency: 'EUR', idempotencyKey: newId(), ...of } }, staff);
const stateOf = async (at: CommissionFixture, partnerId: string): Promise<any> => {
  const [account] = await at.ask(
    OWED,
    { of: [{ __typename: 'Account', id: partnerId }] },
    personViewer({ accountId: partnerId }),
  );
  const { owed, statements } = account.commissions;
  return {
    owed: owed.map(({ amount }: any) => amount),
    statements: statements.nodes.map((of: any) => [of.month, of.total.amount, of.payout?.state ?? null]),
  };
};
/**
 * A partner with an address whose client paid these net amounts, one a month from that month on; the months are closed.
 */
async function earning(
  at: CommissionFixture,
  from: string,
  nets: bigint[],
  address: string | null = 'pay@agence.example',
) {
  const { partnerId, code } = await at.partner();
  const client = await at.broughtBy(code);
  if (address !== null) await setAddress(at, partnerId, address);
  let month = Temporal.PlainYearMonth.from(from);
  for (const net of nets) {
    at.time.now = new Date(`${month}-15T10:00:00.000Z`);
    const now = at.time.now;
    const doing = net > 0n ? at.invoice(client, net) : at.creditNote(client, -net, null);
    if (net > 0n) await at.system((tx) => earnCommission(tx, { invoice: doing, now }));
    if (net < 0n) await at.system((tx) => reverseCommission(tx, { creditNote: doing, corrects: null, now }));
    month = month.add({ months: 1 });
  }
  at.time.now = new Date(`${month}-01T00:00:00.000Z`);
  await closingMonths().run(at.work, newId());
  return { partnerId, client, until: month.subtract({ months: 1 }).toString() };
}

test('A75 a partner sets its PayPal address: its own people, as themselves; they are told', async () => {
  const { partnerId } = await form.partner();
  expect(await setAddress(form, partnerId, ' Pay@Agence.example ')).toEqual({
    commissions: { payoutAddress: 'pay@agence.example' },
    userErrors: [],
  });
  expect((await setAddress(form, partnerId, 'pay@agence.example')).userErrors).toEqual([]);
  for (const email of ['=cmd', 'a@b', '+33@x.example', '']) {
    expect(await setAddress(form, partnerId, email)).toEqual({
      commissions: null,
      userErrors: [{ code: 'EMAIL_NOT_READABLE' }],
    });
  }
  expect(await setAddress(form, partnerId, null)).toMatchObject({ commissions: { payoutAddress: null } });
  const actors = [{ userId: newId(), accountId: newId(), loginAsId: newId() }];
  const { sessionId: _, ...person } = personViewer({ accountId: partnerId });
  for (const viewer of [
    personViewer({ accountId: partnerId, actors }),
    personViewer({ accountId: partnerId, areas: { BILLING: 'READ' } }),
    { ...person, kind: 'KEY' as const, keyId: newId() },
  ]) {
    const { errors } = await form.execute(ADDRESS, { input: { email: 'thief@x.example' } }, viewer);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
  const told = () => form.notices.filter(({ accountId }) => accountId === partnerId).map(({ kind }) => kind);
  await until(() => told().length >= 2, 'both notices');
  expect(told()).toEqual(['PAYOUT_ADDRESS_SET', 'PAYOUT_ADDRESS_SET']);
});

test('A75 the form of a month is exported and confirmed: booked once, the partner told; what failed is paid by the next', async () => {
  const a = await earning(form, '2027-01', [100_000n]);
  form.time.now = new Date('2027-01-02T00:00:00.000Z');
  const b = await earning(form, '2027-01', [50_000n], 'b@agence.example');
  const key = newId();
  const { batch, userErrors } = await exportAll(form, '2027-01', { idempotencyKey: key });
  expect(userErrors).toEqual([]);
  expect(batch).toMatchObject({
    month: '2027-01',
    currency: 'EUR',
    state: 'EXPORTED',
    total: { amount: '300.00' },
    payoutCount: 2,
  });
  const rows = batch.form.split('\r\n');
  expect(rows).toHaveLength(3);
  expect(rows.filter((row: string) => row.startsWith('"pay@agence.example","200.00","EUR",'))).toHaveLength(1);
  expect(rows.filter((row: string) => row.startsWith('"b@agence.example","100.00","EUR",'))).toHaveLength(1);
  // The same key gives the same batch, and another one finds nothing left to pay.
  expect((await exportAll(form, '2027-01', { idempotencyKey: key })).batch.id).toBe(batch.id);
  expect((await exportAll(form, '2027-02', { idempotencyKey: key })).userErrors).toMatchObject([
    { code: 'IDEMPOTENCY_KEY_REUSED' },
  ]);
  expect(await exportAll(form, '2027-01')).toEqual({
    batch: null,
    userErrors: [{ code: 'NOTHING_TO_PAY', rule: 'A75' }],
  });
  expect(await stateOf(form, a.partnerId)).toEqual({
    owed: ['200.00'],
    statements: [['2027-01', '200.00', 'PENDING']],
  });

  const lost = batch.payouts.nodes.find(({ address }: any) => address === 'b@agence.example').id;
  const confirm = (of = {}) =>
    form.ask(
      CONFIRM,
      { input: { batchId: batch.id, failedPayoutIds: [lost], idempotencyKey: key.replace(/^./, 'z'), ...of } },
      staff,
    );
  expect((await confirm({ failedPayoutIds: [newId()], idempotencyKey: newId() })).userErrors).toMatchObject([
    { code: 'PAYOUT_NOT_IN_BATCH' },
  ]);
  const first = await confirm();
  expect(first).toMatchObject({ batch: { state: 'CONFIRMED' }, userErrors: [] });
  expect(await confirm()).toEqual(first);
  expect((await confirm({ idempotencyKey: newId() })).userErrors).toEqual([{ code: 'BATCH_SETTLED', rule: 'A75' }]);
  expect((await confirm({ batchId: newId(), idempotencyKey: newId() })).userErrors).toMatchObject([
    { code: 'BATCH_NOT_FOUND' },
  ]);
  expect(await stateOf(form, a.partnerId)).toEqual({ owed: ['0.00'], statements: [['2027-01', '200.00', 'PAID']] });
  expect(await stateOf(form, b.partnerId)).toEqual({ owed: ['100.00'], statements: [['2027-01', '100.00', null]] });
  const { rows: booked } = await form.admin.query(
    `select e.book, e.amount from ledger_transaction t join ledger_entry e on e.transaction_id = t.id where t.type = 'PAYOUT' order by e.amount`,
  );
  expect(booked).toEqual([
    { book: 'commission-owed:MONEY:EUR', amount: '-20000' },
    { book: 'payout:MONEY:EUR', amount: '20000' },
  ]);

  const again = await exportAll(form, '2027-01');
  expect(again.batch).toMatchObject({ total: { amount: '100.00' }, payoutCount: 1 });
  expect(again.batch.payouts.nodes[0].id).not.toBe(lost);
  const cancel = (of = {}) =>
    form.ask(
      CANCEL,
      { input: { batchId: again.batch.id, reason: 'Handed in twice', idempotencyKey: newId(), ...of } },
      staff,
    );
  expect((await cancel({ reason: ' x ' })).userErrors).toMatchObject([{ code: 'REASON_NOT_READABLE' }]);
  expect(await cancel()).toMatchObject({ batch: { state: 'CANCELLED' }, userErrors: [] });
  expect((await stateOf(form, b.partnerId)).owed).toEqual(['100.00']);
  expect((await exportAll(form, '2027-01')).batch.payoutCount).toBe(1);
  expect(await form.problems()).toEqual([]);
  const paid = () => form.notices.filter(({ kind }) => kind === 'COMMISSION_PAID');
  await until(() => paid().length >= 1, 'the notice');
  expect(paid()).toMatchObject([{ accountId: a.partnerId, params: [{ name: 'amount', value: '200.00 EUR' }] }]);
});

test('A75 below the minimum and below zero are carried forward; without an address nothing is paid', async () => {
  form.time.now = new Date('2028-01-01T00:00:00.000Z');
  const small = await earning(form, '2028-01', [20_000n]);
  form.time.now = new Date('2028-01-01T00:00:00.000Z');
  const silent = await earning(form, '2028-01', [900_000n], null);
  form.time.now = new Date('2028-01-01T00:00:00.000Z');
  const negative = await earning(form, '2028-01', [100_000n, -60_000n, 10_000n]);
  const paidTo = async (month: string): Promise<string[]> => {
    const { batch } = await exportAll(form, month);
    const nodes: { amount: { amount: string } }[] = batch?.payouts.nodes ?? [];
    return nodes.map(({ amount }) => amount.amount);
  };
  // 40.00 of small is below 50.00; negative has 200.00 by January, 80.00 by February.
  const minimum = (amount: string) =>
    form.ask(
      'mutation ($input: CommissionMinimumSetInput!) { commissionMinimumSet(input: $input) { minimum { amount } userErrors { code } } }',
      { input: { minimum: { amount, currency: 'EUR' } } },
      staff,
    );
  expect(await minimum('0')).toEqual({ minimum: null, userErrors: [{ code: 'AMOUNT_NOT_READABLE' }] });
  expect(await minimum('90.00')).toEqual({ minimum: { amount: '90.00' }, userErrors: [] });
  expect(await paidTo('2028-02')).toEqual([]);
  expect(await paidTo('2028-03')).toEqual(['100.00']);
  expect((await stateOf(form, negative.partnerId)).statements).toEqual([
    ['2028-03', '20.00', 'PENDING'],
    ['2028-02', '-120.00', 'PENDING'],
    ['2028-01', '200.00', 'PENDING'],
  ]);
  await minimum('50.00');
  expect((await stateOf(form, small.partnerId)).statements).toEqual([['2028-01', '40.00', null]]);
  expect(await paidTo('2028-03')).toEqual([]);
  expect((await stateOf(form, silent.partnerId)).statements).toEqual([['2028-01', '1800.00', null]]);
  await setAddress(form, silent.partnerId, 'late@agence.example');
  expect(await paidTo('2028-03')).toEqual(['1800.00']);
  expect(await form.problems()).toEqual([]);
});

test('A75 a provider that pays at once is asked after the batch is recorded, and asked again when its answer was lost: paid once', async () => {
  const { partnerId, until } = await earning(direct, '2027-01', [100_000n]);
  const input = { month: until, currency: 'EUR', idempotencyKey: newId() };
  provider.fail();
  const lost = await direct.execute(EXPORT, { input }, staff);
  expect(lost.errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
  expect(await stateOf(direct, partnerId)).toMatchObject({
    owed: ['200.00'],
    statements: [[until, '200.00', 'PENDING']],
  });
  const answers = await Promise.all([1, 2, 3].map(() => direct.ask(EXPORT, { input }, staff)));
  for (const { batch } of answers)
    expect(batch).toMatchObject({ state: 'CONFIRMED', total: { amount: '200.00' }, form: null });
  expect([...provider.paid.values()]).toEqual([20_000n]);
  expect(await stateOf(direct, partnerId)).toEqual({ owed: ['0.00'], statements: [[until, '200.00', 'PAID']] });
  // One who earned nothing new is not paid again.
  expect(await exportAll(direct, until)).toMatchObject({ userErrors: [{ code: 'NOTHING_TO_PAY' }] });
  expect(await direct.problems()).toEqual([]);
});

test('A75 two exports at once pay a statement once', async () => {
  const { partnerId } = await earning(direct, '2027-05', [100_000n, 100_000n]);
  const answers = await Promise.all([1, 2, 3, 4].map(() => exportAll(direct, '2027-06')));
  expect(answers.filter(({ batch }) => batch !== null)).toHaveLength(1);
  expect((await stateOf(direct, partnerId)).owed).toEqual(['0.00']);
  expect(await direct.problems()).toEqual([]);
});

test.each([
  ['IDEMPOTENCY_KEY_NOT_READABLE', { idempotencyKey: '' }],
  ['MONTH_NOT_READABLE', { month: '2027-13' }],
  ['MONTH_NOT_READABLE', { month: "2027-01'--" }],
  ['CURRENCY_NOT_KNOWN', { currency: 'eur' }],
  ['CURRENCY_NOT_KNOWN', { currency: '\0' }],
  ['NOTHING_TO_PAY', { currency: 'JPY' }],
])('A75 an export is refused with %s: %j', async (code, of) => {
  expect(await exportAll(form, '2027-01', of)).toMatchObject({ batch: null, userErrors: [{ code }] });
});

test('A75 payouts are made and seen by staff with BILLING only', async () => {
  const { partnerId } = await form.partner();
  const input = { month: '2027-01', currency: 'EUR', idempotencyKey: newId() };
  const batches = '{ commissionBatches(first: 1) { nodes { id total { amount } } pageInfo { hasNextPage } } }';
  for (const [query, variables] of [
    [EXPORT, { input }],
    [CONFIRM, { input: { batchId: newId(), idempotencyKey: 'k' } }],
    [CANCEL, { input: { batchId: newId(), idempotencyKey: 'k', reason: 'because' } }],
    [batches, {}],
  ] as const) {
    for (const viewer of [
      personViewer({ accountId: partnerId }),
      { ...staffViewer(), areas: { SUPPORT: 'WRITE' as const } },
    ]) {
      expect((await form.execute(query, variables, viewer)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    }
  }
  const { nodes, pageInfo } = await form.ask(batches, {}, staff);
  expect([nodes.length, pageInfo.hasNextPage]).toEqual([1, true]);
});
