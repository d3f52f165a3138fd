import { newId } from '@comptoir/shared/values/uuid.ts';
import { ALL_AREAS } from '@comptoir/shared/viewer/areas.ts';
import type { KeyViewer } from '@comptoir/shared/viewer/viewer.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { reconcile } from '../../collecting/payments/collect.ts';
import { at, codes, PLUS, type SubscriptionFixture, startSubscriptions } from '../../testing/subscriptionFixture.ts';

let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
});
afterAll(() => billing.stop());
beforeEach(() => at(billing, '2026-11-22T10:00:00.000Z'));

/** A payer, and a quote for PLUS at 49.00 EUR a month, 20 % tax beside it. */
async function withQuote(of: Parameters<SubscriptionFixture['payer']>[0] & { prepaid?: bigint } = {}) {
  const payer = await billing.payer(of);
  if (of.prepaid !== undefined) await billing.topUp(payer.profile, of.prepaid);
  const asked = { accountId: payer.accountId, profileId: payer.profile.id, ...PLUS };
  const quote = await billing.quoted('subscriptionCreateQuote', asked, payer.viewer);
  return { ...payer, asked, quote };
}

test('A26 N02 a quote says every amount, and what is committed is invoiced to the cent', async () => {
  const { accountId, viewer, quote } = await withQuote();
  expect(quote).toMatchObject({
    kind: 'SUBSCRIPTION_CREATE',
    state: 'OPEN',
    expiresAt: '2026-11-22T10:15:00.000Z',
    listValue: { amount: '49.00' },
    migrationDiscount: { amount: '0.00' },
    resellerDiscount: { amount: '0.00' },
    perCycle: { amount: '49.00' },
    prorated: { amount: '49.00' },
    prepaidApplied: { amount: '0.00' },
    dueToday: { amount: '49.00' },
    taxToday: { amount: '9.80' },
    chargedToday: { amount: '58.80' },
  });
  expect(quote.lines).toEqual([
    {
      kind: 'PLAN',
      description: 'Plus, 1,000 contacts, monthly, 22 November to 21 December 2026',
      amount: { amount: '49.00' },
      from: '2026-11-22',
      to: '2026-12-22',
    },
  ]);
  const done = await billing.commit(quote.token, viewer);
  expect(codes(done)).toEqual([]);
  expect(done.quote).toMatchObject({
    state: 'COMMITTED',
    token: null,
    payment: { state: 'APPROVED' },
    invoice: { kind: 'INVOICE', net: { amount: '49.00' }, gross: { amount: '58.80' }, outstanding: { amount: '0.00' } },
  });
  expect(billing.provider.charges(done.quote.payment.id)).toEqual(['5880 EUR']);
  expect(await billing.subscriptionOf(accountId, viewer)).toMatchObject({
    status: 'ACTIVE',
    terms: { plan: 'PLUS', contacts: 1000, frequency: 'MONTHLY' },
    perCycle: { amount: '49.00' },
    periodFrom: '2026-11-22',
    renewsOn: '2026-12-22',
    history: { nodes: [{ kind: 'CREATED', quote: { id: quote.id }, invoice: { id: done.quote.invoice.id } }] },
  });
  expect(await billing.problems()).toEqual([]);
});

test('P the same key gives the first answer, another input of it is refused, another key finds the quote committed', async () => {
  const { viewer, quote, profile } = await withQuote();
  const buy = await billing.quoted(
    'prepaidBuyQuote',
    { profileId: profile.id, amount: { amount: '10.00', currency: 'EUR' } },
    viewer,
  );
  const key = newId();
  const first = await billing.commit(quote.token, viewer, key);
  expect(await billing.commit(quote.token, viewer, key)).toEqual(first);
  expect(codes(await billing.commit(buy.token, viewer, key))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
  expect(codes(await billing.commit(quote.token, viewer))).toEqual(['QUOTE_COMMITTED']);
  expect(codes(await billing.commit(buy.token, viewer, ''))).toEqual(['IDEMPOTENCY_KEY_NOT_READABLE']);
  expect(billing.provider.charges(first.quote.payment.id)).toHaveLength(1);
});

test('P GUARD the same key two hundred times at once is charged once, and every answer is the stored one or a typed conflict', async () => {
  const { accountId, viewer, quote } = await withQuote();
  const key = newId();
  const answers = await Promise.all(Array.from({ length: 200 }, () => billing.commit(quote.token, viewer, key)));
  const stored = await billing.commit(quote.token, viewer, key);
  expect(codes(stored)).toEqual([]);
  for (const answer of answers) {
    if (answer.quote === null) expect(codes(answer)).toEqual(['IDEMPOTENCY_KEY_IN_USE']);
    else expect(answer).toEqual(stored);
  }
  expect(answers[0]).toEqual(stored);
  expect(billing.provider.charges(stored.quote.payment.id)).toEqual(['5880 EUR']);
  expect(await billing.invoicesOf(accountId)).toHaveLength(1);
});

test('P the same key from several people of an account at once is charged once', async () => {
  const { accountId, quote } = await withQuote();
  const key = newId();
  const people = Array.from({ length: 6 }, () => personViewer({ accountId }));
  const answers = await Promise.all(people.map((viewer) => billing.commit(quote.token, viewer, key)));
  const said = new Set(answers.flatMap(codes));
  expect([...said].filter((code) => code !== 'PAYMENT_PENDING')).toEqual([]);
  const last = await billing.commit(quote.token, people[0] as (typeof people)[number], key);
  expect(last).toMatchObject({ quote: { state: 'COMMITTED' }, userErrors: [] });
  expect(await billing.invoicesOf(accountId)).toHaveLength(1);
  expect(billing.provider.charges(last.quote.payment.id)).toHaveLength(1);
});

test('A37 A65 prepaid money goes first: what it covers needs no card, the tax beside it does', async () => {
  const covered = await withQuote({ token: null, taxBasisPoints: 0, prepaid: 5_000n });
  expect(covered.quote).toMatchObject({ prepaidApplied: { amount: '49.00' }, chargedToday: { amount: '0.00' } });
  const done = await billing.commit(covered.quote.token, covered.viewer);
  expect(done).toMatchObject({
    quote: { state: 'COMMITTED', payment: null, invoice: { outstanding: { amount: '0.00' } } },
  });
  expect(await billing.prepaidOf(covered.profile)).toEqual({ '': 100 });

  const part = await withQuote({ prepaid: 5_000n });
  expect(part.quote).toMatchObject({
    dueToday: { amount: '0.00' },
    taxToday: { amount: '9.80' },
    chargedToday: { amount: '9.80' },
  });
  const { quote } = await billing.commit(part.quote.token, part.viewer);
  expect(billing.provider.charges(quote.payment.id)).toEqual(['980 EUR']);
  expect(await billing.problems()).toEqual([]);
});

test('A36 a card that says no: prepaid money is back, nothing was done, and the same key may try again', async () => {
  const { accountId, viewer, profile, quote } = await withQuote({
    token: 'tok_declined_then_approved',
    prepaid: 1_000n,
  });
  const key = newId();
  const no = await billing.commit(quote.token, viewer, key);
  expect(codes(no)).toEqual(['PAYMENT_DECLINED']);
  expect(no.quote).toMatchObject({ state: 'OPEN', payment: { state: 'DECLINED' }, invoice: null });
  expect(await billing.prepaidOf(profile)).toEqual({ '': 1_000 });
  expect(await billing.subscriptionOf(accountId, viewer)).toBeNull();
  expect(await billing.problems()).toEqual([]);

  const yes = await billing.commit(quote.token, viewer, key);
  expect(yes).toMatchObject({ quote: { state: 'COMMITTED', payment: { state: 'APPROVED' } }, userErrors: [] });
  expect(billing.provider.charges(yes.quote.payment.id)).toEqual(['4880 EUR']);
  expect(await billing.problems()).toEqual([]);
});

test('GUARD an answer that was lost after charging: pending, held, and done once when it is found', async () => {
  const { accountId, viewer, profile, asked, quote } = await withQuote({
    token: 'tok_times_out_after_charging',
    prepaid: 900n,
  });
  const key = newId();
  const lost = await billing.commit(quote.token, viewer, key);
  expect(codes(lost)).toEqual(['PAYMENT_PENDING']);
  expect(lost.quote).toMatchObject({ state: 'PAYING', payment: { state: 'PENDING' } });
  expect(await billing.prepaidOf(profile)).toEqual({ '': 0 });
  expect(await billing.problems()).toEqual([]);
  // While it is under way the key is taken, another key waits, and nothing else changes the subscription.
  const other = await billing.quoted('subscriptionCreateQuote', asked, viewer);
  expect(codes(await billing.commit(other.token, viewer, key))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
  expect(codes(await billing.commit(quote.token, viewer))).toEqual(['PAYMENT_PENDING']);
  expect(codes(await billing.commit(other.token, viewer))).toEqual(['QUOTE_NOT_POSSIBLE']);

  at(billing, '2026-11-22T10:05:00.000Z');
  const found = await billing.commit(quote.token, viewer, key);
  expect(found).toMatchObject({ quote: { state: 'COMMITTED', payment: { state: 'APPROVED' } }, userErrors: [] });
  expect(billing.provider.charges(found.quote.payment.id)).toEqual(['4980 EUR']);
  expect(await billing.invoicesOf(accountId)).toMatchObject([{ gross: 5_880, paid: 5_880 }]);
  expect(await billing.commit(quote.token, viewer, key)).toEqual(found);
  expect(await billing.problems()).toEqual([]);
});

test.each(['tok_times_out_before_charging_then_approved', 'tok_times_out_after_charging'])(
  'GUARD killed while the card was asked (%s): a round finishes what nobody asks for again, and the key has its answer',
  async (token) => {
    const { accountId, viewer, profile, quote } = await withQuote({ token, prepaid: 900n });
    const key = newId();
    expect(codes(await billing.commit(quote.token, viewer, key))).toEqual(['PAYMENT_PENDING']);
    at(billing, '2026-11-22T10:20:00.000Z');
    const work = billing.work as Parameters<ReturnType<typeof reconcile>['run']>[0];
    await Promise.all([0, 1].map(() => reconcile(billing.config).run(work, newId())));
    const answer = await billing.commit(quote.token, viewer, key);
    expect(answer).toMatchObject({ quote: { state: 'COMMITTED', payment: { state: 'APPROVED' } }, userErrors: [] });
    expect(billing.provider.charges(answer.quote.payment.id)).toEqual(['4980 EUR']);
    expect(await billing.invoicesOf(accountId)).toMatchObject([{ gross: 5_880, paid: 5_880 }]);
    expect(await billing.prepaidOf(profile)).toEqual({ '': 0 });
    expect(await billing.problems()).toEqual([]);
  },
);

test('A36 what nobody confirms within the hour comes to nothing: prepaid money is back, the quote has expired', async () => {
  const { accountId, viewer, profile, quote } = await withQuote({ token: 'tok_needs_action', prepaid: 900n });
  const key = newId();
  expect(codes(await billing.commit(quote.token, viewer, key))).toEqual(['PAYMENT_NEEDS_ACTION']);
  expect(await billing.prepaidOf(profile)).toEqual({ '': 0 });
  at(billing, '2026-11-22T11:00:01.000Z');
  const late = await billing.commit(quote.token, viewer, key);
  expect(late).toMatchObject({
    quote: { state: 'EXPIRED', payment: { state: 'CANCELLED' } },
    userErrors: [{ code: 'PAYMENT_DECLINED' }],
  });
  expect(codes(await billing.commit(quote.token, viewer, key))).toEqual(['QUOTE_EXPIRED']);
  expect(await billing.prepaidOf(profile)).toEqual({ '': 900 });
  expect(await billing.invoicesOf(accountId)).toEqual([]);
  expect(await billing.problems()).toEqual([]);
});

test('A36 what the bank wants confirmed waits for the cardholder', async () => {
  const { viewer, quote } = await withQuote({ token: 'tok_needs_action' });
  const key = newId();
  const asked = await billing.commit(quote.token, viewer, key);
  expect(codes(asked)).toEqual(['PAYMENT_NEEDS_ACTION']);
  expect(asked.quote.payment.actionUrl).toEqual(expect.any(String));
  billing.provider.confirm(asked.quote.payment.id);
  at(billing, '2026-11-22T10:30:00.000Z');
  expect(await billing.commit(quote.token, viewer, key)).toMatchObject({
    quote: { state: 'COMMITTED' },
    userErrors: [],
  });
  expect(await billing.problems()).toEqual([]);
});

test('A26 a quote that is not what it said is refused with the difference, and nothing is done', async () => {
  const { accountId, viewer, profile, quote } = await withQuote();
  await billing.topUp(profile, 2_000n);
  const changed = await billing.commit(quote.token, viewer);
  expect(changed).toMatchObject({
    was: { prepaidApplied: { amount: '0.00' }, chargedToday: { amount: '58.80' } },
    is: { prepaidApplied: { amount: '20.00' }, chargedToday: { amount: '38.80' } },
    userErrors: [{ code: 'QUOTE_CHANGED', rule: 'A26' }],
  });
  expect(changed.userErrors[0].message).toContain('58.80 EUR by card');
  expect(await billing.invoicesOf(accountId)).toEqual([]);
});

test('N02 a quote expires at its very instant, and its token says nothing else', async () => {
  const { viewer, quote } = await withQuote();
  const changed = `${quote.token.slice(0, -4)}AAAA`;
  expect(codes(await billing.commit(changed, viewer))).toEqual(['TOKEN_NOT_READABLE']);
  expect(codes(await billing.commit('no token', viewer))).toEqual(['TOKEN_NOT_READABLE']);
  at(billing, quote.expiresAt);
  expect(codes(await billing.commit(quote.token, viewer))).toEqual(['QUOTE_EXPIRED']);
  const { data } = await billing.execute(
    'query ($id: ID!) { quote(id: $id) { state token } }',
    { id: quote.id },
    viewer,
  );
  expect(data).toEqual({ quote: { state: 'EXPIRED', token: null } });
});

test('N02 a row that was changed behind our back is not what was signed', async () => {
  const { viewer, quote } = await withQuote();
  await billing.admin.query('update quote set due_today = 1, charged_today = 981 where id = $1', [quote.id]);
  expect(codes(await billing.commit(quote.token, viewer))).toEqual(['QUOTE_NOT_FOUND']);
});

test('A36 without a card and without prepaid money there is nothing to pay with', async () => {
  const { viewer, quote } = await withQuote({ token: null });
  expect(codes(await billing.commit(quote.token, viewer))).toEqual(['NO_CARD']);
});

test('A38 a profile pays for clients that granted BILLING, and stops when they take it back', async () => {
  const agency = await billing.payer();
  const client = newId();
  const asked = { accountId: client, profileId: agency.profile.id, ...PLUS };
  // Out of reach an account looks absent.
  expect(codes(await billing.ask('subscriptionCreateQuote', asked, agency.viewer))).toEqual(['ACCOUNT_NOT_FOUND']);
  await billing.partner(agency.accountId, client);
  const quote = await billing.quoted('subscriptionCreateQuote', asked, agency.viewer);

  // The client does not see its partner's quote, and cannot pay by its partner's profile.
  const owner = personViewer({ accountId: client });
  expect(codes(await billing.commit(quote.token, owner))).toEqual(['QUOTE_NOT_FOUND']);
  expect(codes(await billing.ask('subscriptionCreateQuote', asked, owner))).toEqual(['PROFILE_NOT_FOUND']);
  // Staff may do both, and the rule holds for them too.
  const stranger = await billing.payer();
  const staff = personViewer({ accountId: newId(), role: 'STAFF' });
  const wrong = await billing.ask('subscriptionCreateQuote', { ...asked, profileId: stranger.profile.id }, staff);
  expect(wrong.userErrors).toMatchObject([{ code: 'PROFILE_NOT_FOR_ACCOUNT', rule: 'A38' }]);

  // Anyone who may read the payer's billing sees the quote, and cannot commit it.
  const reader = newId();
  await billing.partner(reader, client);
  await billing.partner(reader, agency.accountId);
  await billing.admin.query(`delete from access.reach where holder = $1 and account = $2 and verb = 'WRITE'`, [
    reader,
    agency.accountId,
  ]);
  const read = personViewer({ accountId: reader });
  expect(await billing.execute('query ($id: ID!) { quote(id: $id) { id } }', { id: quote.id }, read)).toEqual({
    data: { quote: { id: quote.id } },
  });
  expect(codes(await billing.commit(quote.token, read))).toEqual(['QUOTE_NOT_FOUND']);

  const second = await billing.quoted('subscriptionCreateQuote', asked, agency.viewer);
  await billing.admin.query(`update access.reach set valid = tstzrange(lower(valid), $2) where account = $1`, [
    client,
    billing.clock.now(),
  ]);
  expect(codes(await billing.commit(second.token, agency.viewer))).toEqual(['QUOTE_NOT_FOUND']);
  // A38: nor do staff, nor anybody else whom it lets into its billing, spend what is the agency's.
  expect(codes(await billing.commit(second.token, staff))).toEqual(['PAYER_ONLY']);
  expect(await billing.invoicesOf(client)).toEqual([]);
});

test('BILLING WRITE is needed, as oneself, and for real', async () => {
  const { accountId, viewer, asked, quote } = await withQuote();
  const input = { token: quote.token, idempotencyKey: newId() };
  const send = (by: Parameters<typeof billing.execute>[2]) =>
    billing.execute(
      'mutation ($input: QuoteCommitInput!) { quoteCommit(input: $input) { userErrors { code } } }',
      { input },
      by,
    );
  const reader = personViewer({ accountId, areas: { BILLING: 'READ' } });
  const actor = { userId: newId(), accountId: newId(), loginAsId: newId() };
  for (const by of [reader, personViewer({ accountId, actors: [actor] })]) {
    expect((await send(by)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  }
  const { sessionId: _session, ...who } = viewer;
  const key: KeyViewer = { ...who, kind: 'KEY', keyId: newId(), areas: ALL_AREAS, preview: true };
  expect((await send(key)).errors).toMatchObject([{ extensions: { code: 'PREVIEW_NOT_POSSIBLE' } }]);
  expect(await billing.invoicesOf(accountId)).toEqual([]);
  // Seen by its account alone, by id and in the list.
  const query = `query ($id: ID!, $of: [_Any!]!) { quote(id: $id) { id }
    _entities(representations: $of) { ... on Account { quotes(first: 1) { nodes { id } pageInfo { hasNextPage } } } } }`;
  const of = [{ __typename: 'Account', id: accountId }];
  await billing.quoted('subscriptionCreateQuote', asked, viewer);
  const own = await billing.execute(query, { id: quote.id, of }, reader);
  expect(own.data).toMatchObject({
    quote: { id: quote.id },
    _entities: [{ quotes: { nodes: [{ id: expect.any(String) }], pageInfo: { hasNextPage: true } } }],
  });
  const foreign = await billing.execute(query, { id: quote.id, of }, personViewer({ accountId: newId() }));
  expect(foreign.data).toMatchObject({ quote: null, _entities: [{ quotes: { nodes: [] } }] });
});

test('N11 a preview-only key asks the provider for nothing, also for a payment that is under way under the same key', async () => {
  const { accountId, viewer, quote } = await withQuote({ token: 'tok_times_out_before_charging_then_approved' });
  const input = { token: quote.token, idempotencyKey: newId() };
  expect(codes(await billing.commit(quote.token, viewer, input.idempotencyKey))).toEqual(['PAYMENT_PENDING']);
  at(billing, '2026-11-22T10:02:00.000Z');
  const { sessionId: _session, ...who } = viewer;
  const preview: KeyViewer = { ...who, kind: 'KEY', keyId: newId(), areas: ALL_AREAS, preview: true };
  const query = 'mutation ($input: QuoteCommitInput!) { quoteCommit(input: $input) { userErrors { code } } }';
  const tried = await billing.execute(query, { input }, preview);
  expect(tried.errors).toMatchObject([{ extensions: { code: 'PREVIEW_NOT_POSSIBLE' } }]);
  const { rows } = await billing.admin.query('select id, state from payment where account_id = $1', [accountId]);
  expect(rows).toMatchObject([{ state: 'PENDING' }]);
  expect(billing.provider.charges(rows[0].id)).toEqual([]);
  expect(codes(await billing.commit(quote.token, viewer, input.idempotencyKey))).toEqual([]);
});

test('A38 a partner that is let into its client’s billing prepares what the client pays, and cannot commit it; the client can', async () => {
  const client = await billing.payer();
  const agency = await billing.payer();
  await billing.partner(agency.accountId, client.accountId);
  const asked = { accountId: client.accountId, profileId: client.profile.id, ...PLUS };
  const { token } = await billing.quoted('subscriptionCreateQuote', asked, agency.viewer);
  const refused = await billing.commit(token, agency.viewer);
  expect(refused.userErrors).toMatchObject([{ code: 'PAYER_ONLY', rule: 'A38' }]);
  expect(await billing.invoicesOf(client.accountId)).toEqual([]);

  // Nor does it say what the client's prepaid money is kept for, or have it spent automatically.
  const amount = { amount: '1.00', currency: 'EUR' };
  const { accountId } = client;
  const earmark = { profileId: client.profile.id, toAccountId: accountId, amount, idempotencyKey: newId() };
  const refusal = async (name: string, input: object): Promise<string> => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code } } }`;
    const { data, errors } = await billing.execute(query, { input }, agency.viewer);
    expect(errors).toBeUndefined();
    return (data as Record<string, { userErrors: { code: string }[] }>)[name]?.userErrors[0]?.code ?? 'none';
  };
  expect(await refusal('prepaidEarmark', earmark)).toBe('PAYER_ONLY');
  const { rows } = await billing.admin.query(`select id from wallet where account_id = $1 and kind = 'TRACKER'`, [
    accountId,
  ]);
  const order = { walletId: rows[0].id, below: 10, packId: newId(), quantity: 1, profileId: client.profile.id };
  expect(await refusal('walletTopUpSet', { ...order, monthlyCap: amount })).toBe('PAYER_ONLY');

  expect(codes(await billing.commit(token, client.viewer))).toEqual([]);
  expect(await billing.invoicesOf(client.accountId)).toHaveLength(1);
});
