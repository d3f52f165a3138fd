import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type BillingFixture, eventFor, startBilling } from '../../testing/billingFixture.ts';

let billing: BillingFixture;
let accountId: string;
let lotId: string;
let [both, own]: string[] = [];
const trackerOwner = newId();
const START = new Date('2026-11-22T10:00:00.000Z');
let now = START;
const minutes = (count: number): Date => new Date(START.getTime() + count * 60_000);

/**
 * 2 credits that are gone after an hour and 100 that last; an event of 5 that both pay, and two of 1; half an hour
 * later another event.
 */
beforeAll(async () => {
  billing = await startBilling({ clock: { now: () => now } });
  accountId = await billing.openAccount();
  lotId = await billing.addLot(accountId, { credits: 2, grantedAt: START, expiresAt: minutes(60) });
  const events = [eventFor(accountId, { credits: 5, ownerId: trackerOwner }), eventFor(accountId), eventFor(accountId)];
  [both, own] = events.map(({ eventId }) => eventId);
  now = minutes(10);
  await billing.apply(...events);
  now = minutes(40);
  await billing.apply(eventFor(accountId, { credits: 10 }));
});
afterAll(() => billing.stop());

async function ask(query: string, variables: Record<string, unknown>, viewer: Viewer): Promise<Answer> {
  const { data, errors } = await billing.execute(query, variables, viewer);
  expect(errors).toBeUndefined();
  return data;
}

const WALLET = (fields: string): string =>
  `query ($id: ID!) { _entities(representations: [{ __typename: "Account", id: $id }]) { ... on Account { wallets { ${fields} } } } }`;
const wallet = async (fields: string, viewer: Viewer = personViewer({ accountId })): Promise<Answer> =>
  (await ask(WALLET(fields), { id: accountId }, viewer))._entities[0].wallets?.[0] ?? null;

test('N03 a balance as of any instant, expired lots left out from the instant they were', async () => {
  const at = (count: number): string => `balanceAt(at: "${minutes(count).toISOString()}")`;
  const instants = { before: -1, opened: 0, charged: 10, between: 39, again: 40, later: 59, expired: 60, ahead: 6_000 };
  const fields = Object.entries(instants).map(([name, count]) => `${name}: ${at(count)}`);
  expect(await wallet(`balance ${fields.join(' ')}`)).toEqual({
    balance: 85,
    before: 0,
    opened: 102,
    charged: 95,
    between: 95,
    again: 85,
    later: 85,
    expired: 85,
    ahead: 85,
  });
  const lost = await billing.openAccount({ grant: false });
  await billing.addLot(lost, { credits: 9, grantedAt: START, expiresAt: minutes(60) });
  const [{ wallets }] = (
    await ask(WALLET(`${at(59)} gone: ${at(60)}`), { id: lost }, personViewer({ accountId: lost }))
  )._entities;
  expect(wallets).toEqual([{ balanceAt: 9, gone: 0 }]);
});

const ENTRIES = `entries { nodes { id type amount chargeCount transactionId cause { name value } lot { id }
  charges(first: 2) { nodes { credits charge { id } } pageInfo { hasNextPage endCursor } } } }`;

test('N03 which lot paid which event, from the wallet’s side, page by page', async () => {
  const { entries } = await wallet(ENTRIES);
  const charges = entries.nodes.filter(({ type }: Answer) => type === 'CHARGE');
  const [of10, of5, of2] = charges.toSorted((a: Answer, b: Answer) => a.amount - b.amount);
  expect([of10, of5, of2].map(({ amount, chargeCount }) => [amount, chargeCount])).toEqual([
    [-10, 1],
    [-5, 3],
    [-2, 1],
  ]);
  expect(of2.charges.nodes).toEqual([{ credits: 2, charge: { id: both } }]);
  expect(of10.charges).toMatchObject({ nodes: [{ credits: 10 }], pageInfo: { hasNextPage: false } });

  // Two of the three, then the last: charges of one instant come in the order of their ids.
  const { nodes, pageInfo } = of5.charges;
  expect([nodes.length, pageInfo.hasNextPage]).toEqual([2, true]);
  const rest = await wallet(
    `entries { nodes { amount charges(after: "${pageInfo.endCursor}") { nodes { credits charge { id } } pageInfo { hasNextPage } } } }`,
  );
  const { charges: last } = rest.entries.nodes.find(({ amount }: Answer) => amount === -5);
  expect(last.pageInfo.hasNextPage).toBe(false);
  const all: Answer[] = [...nodes, ...last.nodes];
  expect(all.map(({ credits }) => credits).sort()).toEqual([1, 1, 3]);
  expect(all.find(({ charge }) => charge.id === both).credits).toBe(3);
  expect(new Set(all.map(({ charge }) => charge.id)).size).toBe(3);
});

test('N03 the cause of a line is shown to the provider’s staff, and to nobody else', async () => {
  const theirs = await wallet(ENTRIES);
  expect(theirs.entries.nodes.map(({ cause }: Answer) => cause)).toEqual([null, null, null, null, null]);
  const shown = await wallet(ENTRIES, staffViewer());
  expect(shown.entries.nodes[0].cause).toEqual([{ name: 'requestId', value: expect.any(String) }]);
});

const CHARGE = `query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Charge { id credits lots { credits lot { id } } } } }`;
const chargesOf = async (viewer: Viewer): Promise<Answer[]> =>
  (await ask(CHARGE, { ids: [both, own].map((id) => ({ __typename: 'Charge', id })) }, viewer))._entities;

test('N03 which lot paid which event, from the event’s side; whose tracker it is sees the charge and not the payer’s lots', async () => {
  expect(await chargesOf(personViewer({ accountId }))).toEqual([
    {
      id: both,
      credits: 5,
      lots: [
        { credits: 2, lot: { id: lotId } },
        { credits: 3, lot: { id: expect.any(String) } },
      ],
    },
    { id: own, credits: 1, lots: [{ credits: 1, lot: { id: expect.any(String) } }] },
  ]);
  expect(await chargesOf(personViewer({ accountId: trackerOwner }))).toEqual([
    { id: both, credits: 5, lots: null },
    null,
  ]);
  expect(await chargesOf(personViewer({ accountId: newId() }))).toEqual([null, null]);
  // From the event to its lots, and from a line of the history to the event.
  const FROM =
    'query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Event { charge { event { id } lots { credits } } } } }';
  const from = async (viewer: Viewer): Promise<Answer[]> =>
    (await ask(FROM, { ids: [both, own].map((id) => ({ __typename: 'Event', id })) }, viewer))._entities;
  expect(await from(personViewer({ accountId }))).toEqual([
    { charge: { event: { id: both }, lots: [{ credits: 2 }, { credits: 3 }] } },
    { charge: { event: { id: own }, lots: [{ credits: 1 }] } },
  ]);
  expect(await from(personViewer({ accountId: newId() }))).toEqual([{ charge: null }, { charge: null }]);
});

test('the number of statements does not depend on the size of the pages', async () => {
  const fields = (first: number): string =>
    `balanceAt(at: "${minutes(20).toISOString()}") entries(first: ${first}) { nodes { charges { nodes { charge { lots { lot { id } } } } } } }`;
  const count = async (first: number): Promise<number> => {
    billing.statements();
    await wallet(fields(first));
    return billing.statements().length;
  };
  expect(await count(5)).toBe(await count(2));
});

test('N03 the totals of money are shown per currency and sum to zero', async () => {
  const id = newId();
  await billing.admin.query('begin');
  await billing.admin.query(
    `insert into ledger_transaction (id, type, booked_at, cause) values ($1, 'INVOICE', now(), '{}')`,
    [id],
  );
  await billing.admin.query(
    `insert into ledger_entry (id, transaction_id, booked_at, book, kind, amount)
     select uuidv7(), $1, now(), x.book, 'MONEY:EUR', x.amount
     from (values ('receivable:MONEY:EUR', -1200), ('revenue:MONEY:EUR', 1000), ('tax:MONEY:EUR', 200)) as x (book, amount)`,
    [id],
  );
  await billing.admin.query('commit');
  const { ledgerCheck } = await ask(
    '{ ledgerCheck { money { currency books { book amount { amount currency } } } } }',
    {},
    staffViewer(),
  );
  expect(ledgerCheck.money).toEqual([
    {
      currency: 'EUR',
      books: [
        { book: 'receivable', amount: { amount: '-12.00', currency: 'EUR' } },
        { book: 'revenue', amount: { amount: '10.00', currency: 'EUR' } },
        { book: 'tax', amount: { amount: '2.00', currency: 'EUR' } },
      ],
    },
  ]);
});
