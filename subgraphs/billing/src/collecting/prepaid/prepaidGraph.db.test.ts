import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectSound, type InvoiceFixture, startInvoices } from '../../testing/invoiceFixture.ts';
import type { BillingProfile } from '../profiles/profileTables.ts';
import { holdPrepaid } from './prepaid.ts';

let books: InvoiceFixture;
let statements: string[] = [];
beforeAll(async () => {
  books = await startInvoices({ onStatement: (sql) => statements.push(sql) });
});
afterAll(async () => {
  await expectSound(books);
  await books.stop();
});

const PREPAID = `query ($id: ID!, $first: Int, $after: String) { billingProfile(id: $id) { prepaid { currency total { amount } free { amount } held { amount }
  earmarks(first: $first, after: $after) { nodes { account { id } amount { amount currency } } pageInfo { hasNextPage endCursor } }
  entries(first: $first) { nodes { type amount { amount } earmark { id } invoice { number } } pageInfo { hasNextPage } } } } }`;
const EARMARK = `mutation ($input: PrepaidEarmarkInput!) { prepaidEarmark(input: $input) {
  profile { prepaid { free { amount } } } userErrors { code field rule } } }`;

const owner = (profile: BillingProfile): Viewer => personViewer({ accountId: profile.accountId });

async function prepaid(profile: BillingProfile, variables: object = {}, viewer = owner(profile)): Promise<any> {
  const { data, errors } = await books.execute(PREPAID, { id: profile.id, ...variables }, viewer);
  expect(errors).toBeUndefined();
  return (data as any).billingProfile?.prepaid ?? null;
}

async function earmark(profile: BillingProfile, input: object, viewer = owner(profile)): Promise<any> {
  const full = {
    profileId: profile.id,
    amount: { amount: '10.00', currency: 'EUR' },
    idempotencyKey: newId(),
    ...input,
  };
  const { data, errors } = await books.execute(EARMARK, { input: full }, viewer);
  return errors === undefined ? (data as any).prepaidEarmark : errors[0]?.extensions.code;
}
const codeOf = async (...asked: Parameters<typeof earmark>): Promise<string> =>
  (await earmark(...asked)).userErrors[0]?.code;

/** As an active partnership that lets the partner write in the client's billing. */
async function client(profile: BillingProfile): Promise<string> {
  const id = newId();
  const since = new Date(books.clock.now().getTime() - 1_000);
  for (const verb of ['READ', 'WRITE']) {
    await books.admin.query(`insert into access.reach values ($1, $2, 'BILLING', $3, tstzrange($4, null), $5)`, [
      profile.accountId,
      id,
      verb,
      since,
      newId(),
    ]);
  }
  return id;
}

test('A37 A65 the balance is shown: free, kept for accounts, set aside, and what came in and went out with its invoice', async () => {
  const profile = await books.profile({ taxBasisPoints: 0 });
  expect(await prepaid(profile)).toMatchObject({ currency: 'EUR', total: { amount: '0.00' }, earmarks: { nodes: [] } });
  const kept = newId();
  await books.topUp(profile, 5_000n);
  await books.topUp(profile, 700n, kept);
  const invoice = await books.invoice(profile, 600n, { accountId: kept });
  const purposeId = newId();
  await books.underWay(profile, purposeId);
  const hold = (amount: bigint) =>
    books.system((tx, now) =>
      holdPrepaid(tx, { profile, accountId: kept, amount, reference: newId(), cause: { quoteId: purposeId }, now }),
    );
  const used = await hold(600n);
  if (used instanceof Refusal) throw new Error(used.message);
  await books.payFromHold(invoice.id, used.id);
  await hold(250n);

  const shown = await prepaid(profile);
  expect(shown).toMatchObject({
    total: { amount: '48.50' },
    free: { amount: '48.50' },
    held: { amount: '2.50' },
    earmarks: { nodes: [] },
  });
  const entries = shown.entries.nodes.map(({ type, amount, earmark: of, invoice: paid }: any) =>
    [type, amount.amount, of?.id ?? null, paid?.number ?? null].join(' '),
  );
  expect(entries.toSorted()).toEqual(
    [
      `HOLD -1.00 ${kept} `,
      'HOLD -1.50  ',
      `HOLD -6.00 ${kept} ${invoice.number}`,
      `TOP_UP 7.00 ${kept} `,
      'TOP_UP 50.00  ',
    ].toSorted(),
  );
});

test('A65 what is kept for accounts is paged; nobody else sees any of it', async () => {
  const profile = await books.profile();
  const kept = Array.from({ length: 3 }, () => newId()).toSorted();
  for (const id of kept) await books.topUp(profile, 100n, id);
  const first = await prepaid(profile, { first: 2 });
  expect(first.earmarks.nodes.map(({ account }: any) => account.id)).toEqual(kept.slice(0, 2));
  expect(first.earmarks.pageInfo.hasNextPage).toBe(true);
  const rest = await prepaid(profile, { first: 2, after: first.earmarks.pageInfo.endCursor });
  expect(rest.earmarks.nodes).toEqual([{ account: { id: kept[2] }, amount: { amount: '1.00', currency: 'EUR' } }]);

  expect(await prepaid(profile, {}, personViewer({ accountId: newId() }))).toBeNull();
  expect(await prepaid(profile, {}, personViewer({ accountId: kept[0] as string }))).toBeNull();
  expect((await prepaid(profile, {}, staffViewer())).total.amount).toBe('3.00');
});

test('A65 free money is kept for a client, moved on to another and freed again, once per key', async () => {
  const profile = await books.profile();
  const [one, other] = [await client(profile), await client(profile)];
  await books.topUp(profile, 2_500n);
  const input = { toAccountId: one, idempotencyKey: newId() };
  const answers = await Promise.all(Array.from({ length: 5 }, () => earmark(profile, input)));
  expect(answers).toEqual(Array(5).fill({ profile: { prepaid: { free: { amount: '15.00' } } }, userErrors: [] }));
  expect(await codeOf(profile, { ...input, toAccountId: other })).toBe('IDEMPOTENCY_KEY_REUSED');
  await earmark(profile, { fromAccountId: one, toAccountId: other, amount: { amount: '4.00', currency: 'EUR' } });
  await earmark(profile, { fromAccountId: other, amount: { amount: '0.50', currency: 'EUR' } });
  expect(await books.prepaidOf(profile)).toEqual({ '': 1_550, [one]: 600, [other]: 350 });
});

test('A65 money that is kept for an account out of reach by now is freed, and goes to no other like it', async () => {
  const profile = await books.profile();
  const [gone, other] = [newId(), newId()];
  await books.topUp(profile, 1_500n, gone);
  expect(await codeOf(profile, { fromAccountId: gone, toAccountId: other })).toBe('ACCOUNT_NOT_FOUND');
  expect(await codeOf(profile, { fromAccountId: gone })).toBeUndefined();
  expect(await books.prepaidOf(profile)).toEqual({ '': 1_000, [gone]: 500 });
});

test('A65 what is refused, in order', async () => {
  const profile = await books.profile();
  const stranger = newId();
  const to = await client(profile);
  await books.topUp(profile, 999n);
  expect(await codeOf(profile, { idempotencyKey: '' })).toBe('IDEMPOTENCY_KEY_NOT_READABLE');
  expect(await codeOf(profile, { profileId: newId() })).toBe('PROFILE_NOT_FOUND');
  expect(await codeOf(profile, { toAccountId: to }, personViewer({ accountId: stranger }))).toBe('PROFILE_NOT_FOUND');
  expect(await codeOf(profile, { toAccountId: stranger })).toBe('ACCOUNT_NOT_FOUND');
  expect(await codeOf(profile, { toAccountId: 'x' })).toBe('ACCOUNT_NOT_FOUND');
  expect(await codeOf(profile, {})).toBe('NOTHING_MOVES');
  expect(await codeOf(profile, { toAccountId: to, amount: { amount: '1.00', currency: 'USD' } })).toBe(
    'AMOUNT_OUT_OF_BOUNDS',
  );
  expect(await codeOf(profile, { toAccountId: to, amount: { amount: '-1.00', currency: 'EUR' } })).toBe(
    'AMOUNT_OUT_OF_BOUNDS',
  );
  expect(await codeOf(profile, { toAccountId: to })).toBe('PREPAID_INSUFFICIENT');
  expect(await codeOf(profile, { fromAccountId: to })).toBe('PREPAID_INSUFFICIENT');
  expect(await books.prepaidOf(profile)).toEqual({ '': 999 });
});

test('N12 nobody moves prepaid money who is logged in as somebody else, or may only read', async () => {
  const profile = await books.profile();
  const to = await client(profile);
  await books.topUp(profile, 2_000n);
  const { accountId } = profile;
  const actor = { userId: newId(), accountId: newId() };
  const loggedInAs = personViewer({ accountId, actors: [actor] } as Parameters<typeof personViewer>[0]);
  expect(await earmark(profile, { toAccountId: to }, loggedInAs)).toBe('FORBIDDEN');
  expect(await earmark(profile, { toAccountId: to }, personViewer({ accountId, areas: { BILLING: 'READ' } }))).toBe(
    'FORBIDDEN',
  );
  expect(await books.prepaidOf(profile)).toEqual({ '': 2_000 });
});

test('A65 money that moves both ways at once, while more is set aside, neither waits forever nor is lost', async () => {
  const profile = await books.profile();
  const [one, other] = [await client(profile), await client(profile)];
  for (const id of [null, one, other]) await books.topUp(profile, 3_000n, id);
  const amount = { amount: '1.00', currency: 'EUR' };
  const ways = [
    { fromAccountId: one, toAccountId: other },
    { fromAccountId: other, toAccountId: one },
    { fromAccountId: one },
    { toAccountId: other },
  ];
  const moves = Array.from({ length: 24 }, (_, at) => earmark(profile, { ...ways[at % 4], amount }));
  for (const answer of await Promise.all(moves)) expect(answer).toMatchObject({ userErrors: [] });
  expect(await books.prepaidOf(profile)).toEqual({ '': 3_000, [one]: 2_400, [other]: 3_600 });
});

test('How many statements a list takes does not depend on how long it is', async () => {
  const accountId = newId();
  const LIST = `query ($r: [_Any!]!, $first: Int) { _entities(representations: $r) { ... on Account {
    billingProfiles(first: $first) { nodes { prepaid { total { amount } held { amount } earmarks { nodes { account { id } } } entries { nodes { invoice { number } } } } } }
    invoices(first: $first) { nodes { state profile { name } paidWith { source } corrects { number } creditNotes { nodes { number } } lines { nodes { position } } } } } } }`;
  for (let at = 0; at < 4; at += 1) {
    const profile = await books.profile({ accountId });
    await books.topUp(profile, 100n, accountId);
    await books.invoice(profile, 100n);
  }
  const count = async (first: number): Promise<number> => {
    statements = [];
    const { data, errors } = await books.execute(
      LIST,
      { r: [{ __typename: 'Account', id: accountId }], first },
      personViewer({ accountId }),
    );
    expect(errors).toBeUndefined();
    expect((data as any)._entities[0].invoices.nodes).toHaveLength(first);
    return statements.length;
  };
  expect(await count(4)).toBe(await count(1));
});
