import { newId } from '@comptoir/shared/values/uuid.ts';
import { type Answer, openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, hireStaff, ok, type Person, signUp } from './people.ts';

/**
 * A partner sells the service to its client, through half a year: profile, prepaid money, plans, credits, invoices, a
 * card that stops working. All through the gateway.
 */
let installation: TestInstallation;
let ahead = 0;
let agency: Person;
let bakery: Person;
let staff: Person;
let profileId: string;
const DAY = 86_400_000;

beforeAll(async () => {
  // Far from a month's end, so that the days below do not depend on today.
  const start = Date.parse('2027-03-10T09:00:00Z') - Date.now();
  installation = await openTestInstallation({ clock: { now: () => new Date(Date.now() + start + ahead) } });
  agency = await signUp(installation, 'lou@agence.example', 'Agence Lumière');
  bakery = await signUp(installation, 'marie@boulangerie.example', 'Boulangerie Martin');
  staff = await hireStaff(installation, 'staff@comptoir.example');
});
afterAll(() => installation.stop());

const mutation = (field: string, selection: string): string =>
  `mutation ($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { ${selection} userErrors { code message rule } } }`;
const act = (field: string, input: object, selection = '__typename', by = agency): Promise<Answer['data']> =>
  done(installation, mutation(field, selection), input, by.token);
const refusal = async (field: string, input: object, by = agency): Promise<[string, string | null]> => {
  const { userErrors } = await ok(installation, mutation(field, '__typename'), input, by.token);
  return [userErrors[0]?.code, userErrors[0]?.rule];
};

const MONEY = 'amount currency';
const QUOTE = `quote { id token state direction listValue { ${MONEY} } resellerDiscount { amount } perCycle { amount } prorated { amount }
  prepaidApplied { amount } dueToday { amount } taxToday { amount } chargedToday { amount } lines { kind amount { amount } } invoice { id } }`;
const COMMITTED = `quote { state invoice { id number state net { amount } gross { amount } outstanding { amount } lines { nodes { kind amount { amount } } } } }
  was { dueToday { amount } } is { dueToday { amount } }`;

const quote = async (field: string, input: object): Promise<Answer['data']> => (await act(field, input, QUOTE)).quote;
const commit = async (token: string, key = newId()): Promise<Answer['data']> =>
  (await act('quoteCommit', { token, idempotencyKey: key }, COMMITTED)).quote;
const prepaid = async (): Promise<{ total: string; free: string; earmarks: string[] }> => {
  const { data, errors } = await installation.ask(
    'query ($id: ID!) { billingProfile(id: $id) { prepaid { total { amount } free { amount } earmarks { nodes { account { name } amount { amount } } } } } }',
    { id: profileId },
    agency.token,
  );
  expect(errors).toBeUndefined();
  const { total, free, earmarks } = data.billingProfile.prepaid;
  const kept = earmarks.nodes.map((one: Answer['data']) => `${one.account.name} ${one.amount.amount}`);
  return { total: total.amount, free: free.amount, earmarks: kept };
};
const balances = async (who: Person, accountId = who.accountId): Promise<Record<string, number>> => {
  const query = 'query ($id: ID!) { account(id: $id) { wallets { id kind balance } } }';
  const { data } = await installation.ask(query, { id: accountId }, who.token);
  return Object.fromEntries(data.account.wallets.map((one: Answer['data']) => [one.kind, one.balance]));
};
const SUBSCRIPTION = `query ($id: ID!) { account(id: $id) { subscription { status periodFrom periodTo renewsOn perCycle { amount } profile { name }
  terms { plan contacts frequency addOns } } } }`;
const subscription = async (who = agency): Promise<Answer['data']> => {
  const { data, errors } = await installation.ask(SUBSCRIPTION, { id: bakery.accountId }, who.token);
  expect(errors).toBeUndefined();
  return data.account.subscription;
};
const INVOICES = `query ($id: ID!, $filter: InvoiceFilter) { account(id: $id) { invoices(filter: $filter) {
  nodes { id kind number state gross { amount } account { name } } } } }`;
const invoices = async (filter: object | null = null, who = agency): Promise<Answer['data'][] | null> =>
  (await installation.ask(INVOICES, { id: who.accountId, filter }, who.token)).data.account?.invoices?.nodes ?? null;

const PAYMENTS =
  'query ($id: ID!) { billingProfile(id: $id) { payments(first: 100) { nodes { state amount { amount } } } } }';
const paidByCard = async (): Promise<string[]> => {
  const { data, errors } = await installation.ask(PAYMENTS, { id: profileId }, agency.token);
  expect(errors).toBeUndefined();
  return data.billingProfile.payments.nodes
    .filter(({ state }: Answer['data']) => state === 'APPROVED')
    .map(({ amount }: Answer['data']) => amount.amount);
};

test('U01 A38 the agency becomes a partner with a discount; its client lets it into BILLING; it makes a profile with its own card', async () => {
  await act('accountConvertToPartner', { accountId: agency.accountId }, '__typename', staff);
  await act('resellerDiscountSet', { accountId: agency.accountId, basisPoints: 2_000 }, '__typename', staff);
  const areas = [{ area: 'BILLING', verb: 'WRITE' }];
  const { partnership } = await act('partnershipRequest', { clientId: bakery.accountId, areas }, 'partnership { id }');
  await act('partnershipAccept', { partnershipId: partnership.id }, '__typename', bakery);

  const legal = {
    email: 'compta@agence.example',
    legalName: 'Agence Lumière SARL',
    addressLines: ['Lyon'],
    country: 'FR',
  };
  const { profile } = await act(
    'billingProfileCreate',
    { name: 'Agence', currency: 'EUR', ...legal },
    'profile { id }',
  );
  profileId = profile.id;
  await act('billingProfileCardSet', { profileId, token: 'tok_approved' });
  expect(await refusal('billingProfileCardSet', { profileId, token: 'tok_approved' }, bakery)).toEqual([
    'PROFILE_NOT_FOUND',
    null,
  ]);
});

test('A37 A64 A65 F07 it buys prepaid money, a part of it kept for the bakery', async () => {
  for (const [amount, earmarkId] of [
    ['30.00', bakery.accountId],
    ['12.50', null],
  ] as const) {
    const { token, chargedToday } = await quote('prepaidBuyQuote', {
      profileId,
      earmarkId,
      amount: { amount, currency: 'EUR' },
    });
    expect(chargedToday.amount).toBe(amount);
    await commit(token);
  }
  expect(await prepaid()).toEqual({ total: '42.50', free: '12.50', earmarks: ['Boulangerie Martin 30.00'] });
});

test('A26 N02 A66 the bakery’s plan: quoted line by line, committed once, paid from prepaid money before the card', async () => {
  const plan = { priceVersion: 'V3', product: 'MARKETING', plan: 'PLUS', contacts: 1000, frequency: 'MONTHLY' };
  const asked = { accountId: bakery.accountId, profileId, ...plan };
  const said = await quote('subscriptionCreateQuote', asked);
  const cents = (amount: { amount: string }): number => Math.round(Number(amount.amount) * 100);
  expect(cents(said.resellerDiscount)).toBe(Math.round(cents(said.listValue) * 0.2));
  expect(cents(said.prorated)).toBe(cents(said.listValue) - cents(said.resellerDiscount));
  expect(cents(said.dueToday)).toBe(Math.max(0, cents(said.prorated) - 4_250));
  expect(said.prepaidApplied.amount).toBe((Math.min(cents(said.prorated), 4_250) / 100).toFixed(2));

  const key = newId();
  const answers = await Promise.all(Array.from({ length: 20 }, () => commit(said.token, key)));
  expect(new Set(answers.map((answer) => answer.invoice.id)).size).toBe(1);
  expect(answers[0]).toMatchObject({ state: 'COMMITTED', invoice: { state: 'PAID', net: said.prorated } });
  expect(await invoices()).toHaveLength(1);
  // The balance is shown: what paid is gone from it, and the card was not needed.
  const left = 4_250 - cents(said.prepaidApplied);
  expect(cents({ amount: (await prepaid()).total })).toBe(left);
  expect(cents(said.chargedToday)).toBe(cents(said.dueToday) + cents(said.taxToday));
  expect([said.chargedToday.amount, await paidByCard()]).toEqual(['0.00', ['12.50', '30.00']]);
  expect(await refusal('quoteCommit', { token: said.token, idempotencyKey: newId() })).toEqual([
    'QUOTE_COMMITTED',
    'N02',
  ]);
  expect(await refusal('quoteCommit', { token: `${said.token.slice(0, -3)}AAA`, idempotencyKey: newId() })).toEqual([
    'TOKEN_NOT_READABLE',
    'N02',
  ]);
  expect(await subscription()).toMatchObject({
    status: 'ACTIVE',
    periodFrom: '2027-03-10',
    periodTo: '2027-04-10',
    terms: { plan: 'PLUS' },
  });
});

test('A41 the bakery sees its plan, and nothing of what its partner pays or by what', async () => {
  expect(await subscription(bakery)).toMatchObject({
    status: 'ACTIVE',
    perCycle: null,
    profile: null,
    terms: { plan: 'PLUS', contacts: 1000 },
  });
  expect(await invoices(null, bakery)).toEqual([]);
  const peek = 'query ($id: ID!) { billingProfile(id: $id) { card { lastFour } } }';
  expect((await installation.ask(peek, { id: profileId }, bakery.token)).data).toEqual({ billingProfile: null });
  const partner = 'query ($id: ID!) { account(id: $id) { id } }';
  expect((await installation.ask(partner, { id: agency.accountId }, bakery.token)).data.account).not.toHaveProperty(
    'resellerDiscount',
  );
});

test('A62 N02 up and down again on one day loses no cent, and a quote that no longer holds says by how much', async () => {
  ahead += 10 * DAY;
  const before = await prepaid();
  const up = await quote('subscriptionChangeQuote', { accountId: bakery.accountId, plan: 'PROFESSIONAL' });
  expect(up.direction).toBe('UPGRADE');
  // Meanwhile the same prepaid money is counted on by another quote: the first says what is different.
  const paid = await commit(up.token);
  expect(paid.invoice.net).toEqual(up.prorated);
  const down = await quote('subscriptionChangeQuote', { accountId: bakery.accountId, plan: 'PLUS' });
  expect([down.direction, down.prorated.amount]).toEqual(['DOWNGRADE', `-${up.prorated.amount}`]);
  await commit(down.token);
  const after = await prepaid();
  const total = (of: { total: string }): number => Math.round(Number(of.total) * 100);
  const charged = Math.round(Number(up.dueToday.amount) * 100);
  expect(total(after)).toBe(total(before) + charged);

  const stale = await quote('prepaidBuyQuote', {
    profileId,
    earmarkId: null,
    amount: { amount: '5.00', currency: 'EUR' },
  });
  ahead += 16 * 60_000;
  expect(await refusal('quoteCommit', { token: stale.token, idempotencyKey: newId() })).toEqual([
    'QUOTE_EXPIRED',
    'N02',
  ]);
});

test('A63 A66 A69 SMS credits: bought by the agency, allocated to the bakery, taken back while unspent, and readable', async () => {
  const packs = await installation.ask('{ creditPacks(first: 100) { nodes { id kind credits } } }', {}, agency.token);
  const pack = packs.data.creditPacks.nodes.find(({ kind }: Answer['data']) => kind === 'SMS');
  const bought = await quote('creditsBuyQuote', { profileId, packId: pack.id, quantity: 2 });
  const [money, cards] = [await prepaid(), await paidByCard()];
  await commit(bought.token);
  // What is free and prepaid pays first, what is kept for the bakery does not, and the card pays the rest, once.
  expect(bought.prepaidApplied.amount).toBe(money.free);
  expect(Number(bought.chargedToday.amount)).toBeGreaterThan(0);
  expect(await prepaid()).toMatchObject({ free: '0.00', earmarks: money.earmarks });
  expect(await paidByCard()).toEqual([bought.chargedToday.amount, ...cards]);
  expect((await balances(agency)).SMS).toBe(2 * pack.credits);

  const credits = { fromAccountId: agency.accountId, toAccountId: bakery.accountId, kind: 'SMS', credits: 60 };
  await commit((await quote('creditsAllocateQuote', credits)).token);
  expect((await balances(bakery)).SMS).toBe(60);
  await act('creditsTakeBack', { accountId: bakery.accountId, kind: 'SMS', credits: 25, idempotencyKey: newId() });
  expect([(await balances(bakery)).SMS, (await balances(agency)).SMS]).toEqual([35, 2 * pack.credits - 35]);
  expect(
    await refusal('creditsTakeBack', {
      accountId: bakery.accountId,
      kind: 'SMS',
      credits: 36,
      idempotencyKey: newId(),
    }),
  ).toEqual(['NOT_ENOUGH_UNSPENT', 'A69']);
  const moved =
    'query ($id: ID!) { account(id: $id) { creditMovements(kind: SMS) { nodes { type credits from { name } to { name } } } } }';
  const { data } = await installation.ask(moved, { id: bakery.accountId }, agency.token);
  expect(data.account.creditMovements.nodes.map((one: Answer['data']) => [one.type, one.credits])).toEqual([
    ['TAKE_BACK', -25],
    ['ALLOCATE', 60],
  ]);
});

test('A33 A35 after weeks without anybody looking, every renewal that was due is invoiced once', async () => {
  const before = (await invoices())?.length as number;
  const now = new Date(Date.parse('2027-03-20T09:16:00Z'));
  ahead += Date.parse('2027-05-20T09:00:00Z') - now.getTime();
  await until(async () => (await subscription()).periodTo === '2027-06-10', 'both renewals');
  const all = (await invoices({ kind: 'INVOICE' })) as Answer['data'][];
  await until(async () => ((await invoices({ paid: false })) as unknown[]).length === 0, 'both invoices to be paid');
  expect((await invoices())?.length).toBe(before + 2);
  // Gapless: the numbers are those from one to their count.
  const numbers = all.map(({ number }) => Number(number.split('-')[1])).sort((a, b) => a - b);
  expect(numbers).toEqual(numbers.map((_, at) => at + 1));
  expect(await invoices({ accountName: 'boulangerie', kind: 'CREDIT_NOTE' })).toHaveLength(1);
});

test('A40 an invoice is a PDF, in the language that is asked for', async () => {
  const [{ id }] = (await invoices({ accountId: bakery.accountId })) as Answer['data'][];
  const query =
    'query ($id: ID!) { invoice(id: $id) { number en: pdf { name mediaType base64 } fr: pdf(language: FR) { base64 } } }';
  const { data, errors } = await installation.ask(query, { id }, agency.token);
  expect(errors).toBeUndefined();
  expect(data.invoice.en).toMatchObject({ name: `${data.invoice.number}.pdf`, mediaType: 'application/pdf' });
  for (const { base64 } of [data.invoice.en, data.invoice.fr]) expect(atob(base64).slice(0, 5)).toBe('%PDF-');
  expect(data.invoice.en.base64).not.toBe(data.invoice.fr.base64);
});

test('P A43 the card stops working: nothing changes hands on a commit, the renewal is tried again, and the agency’s people are told, their client nothing at all', async () => {
  const mailed = (): number => installation.mailbox.all().filter(({ to }) => to === bakery.email).length;
  const before43 = mailed();
  await act('billingProfileCardSet', { profileId, token: 'tok_insufficient' });
  const upgrade = await quote('subscriptionChangeQuote', { accountId: bakery.accountId, plan: 'ENTERPRISE' });
  const before = [await prepaid(), await subscription(), await invoices()];
  expect(await refusal('quoteCommit', { token: upgrade.token, idempotencyKey: newId() })).toEqual([
    'PAYMENT_DECLINED',
    'A36',
  ]);
  expect([await prepaid(), await subscription(), await invoices()]).toEqual(before);

  ahead += 22 * DAY;
  await installation.mailbox.waitFor('lou@agence.example', ({ subject }) => /paiement/i.test(subject));
  expect(await invoices({ paid: false })).toHaveLength(1);
  await act('billingProfileCardSet', { profileId, token: 'tok_approved' });
  await until(async () => (await invoices({ paid: false }))?.length === 0, 'the last invoice to be paid');
  expect(mailed()).toBe(before43);
});

test('N03 in the end the books are sound', async () => {
  const { data } = await installation.ask('{ ledgerCheck { sound problems { check detail } } }', {}, staff.token);
  expect(data.ledgerCheck).toEqual({ sound: true, problems: [] });
});
