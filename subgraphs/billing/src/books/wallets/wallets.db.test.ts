import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { anonymous, personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Answer,
  type BillingFixture,
  eventFor,
  startBilling,
  WALLETS_OPEN,
} from '../../testing/billingFixture.ts';

let now = new Date('2026-11-22T12:00:00Z');
let billing: BillingFixture;
beforeAll(async () => {
  billing = await startBilling({ clock: { now: () => now } });
});
afterAll(() => billing.stop());

const ENTITIES = `query ($r: [_Any!]!) { _entities(representations: $r) {
  ... on Account { wallets { id kind balance } } ... on Wallet { id balance account { id } }
  ... on Charge { id credits payer { id } lot { source } bookedAt } } }`;

async function entities(viewer: Viewer, ...representations: { __typename: string; id: string }[]): Promise<Answer> {
  const { data, errors } = await billing.execute(ENTITIES, { r: representations }, viewer);
  return { found: (data as Answer)?._entities, codes: errors?.map(({ extensions }) => extensions.code) };
}

async function walletOf(accountId: string): Promise<string> {
  const { rows } = await billing.admin.query('select id from wallet where account_id = $1', [accountId]);
  return rows[0].id;
}

/** As an active partnership does that lets the partner into BILLING. */
async function reach(partner: string, client: string, area: string): Promise<void> {
  await billing.admin.query(`insert into access.reach values ($1, $2, $3, 'READ', tstzrange($4, null), $5)`, [
    partner,
    client,
    area,
    new Date(now.getTime() - 1_000),
    newId(),
  ]);
}

test('U14 a new account has 100 free TRACKER credits, granted once under ten calls at once and one later', async () => {
  const accountId = newId();
  const open = () => billing.execute(WALLETS_OPEN, { input: { accountId, grant: true } }, serviceViewer('identity'));
  const answers = await Promise.all(Array.from({ length: 10 }, open));
  answers.push(await open());
  for (const { data, errors } of answers) {
    expect(errors).toBeUndefined();
    expect(data).toEqual({ internalWalletsOpen: { accountId } });
  }
  expect(await billing.balanceOf(accountId)).toBe(100);
  const { rows } = await billing.admin.query(
    'select count(*)::integer as lots from lot join wallet on wallet.id = lot.wallet_id where account_id = $1',
    [accountId],
  );
  expect(rows).toEqual([{ lots: 1 }]);
});

test('U14 an account that did not sign up by itself has an empty wallet; a grant asked for later comes once', async () => {
  const accountId = await billing.openAccount({ grant: false });
  expect(await billing.balanceOf(accountId)).toBe(0);
  for (let turn = 0; turn < 2; turn += 1) {
    await billing.execute(WALLETS_OPEN, { input: { accountId, grant: true } }, serviceViewer('identity'));
    expect(await billing.balanceOf(accountId)).toBe(100);
  }
});

test('only identity opens wallets, and only for what can be an account', async () => {
  const input = { accountId: newId(), grant: true };
  for (const viewer of [
    personViewer({ accountId: input.accountId }),
    staffViewer(),
    serviceViewer('trackers'),
    anonymous(),
  ]) {
    const { errors } = await billing.execute(WALLETS_OPEN, { input }, viewer);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
  const unreadable = { accountId: 'x', grant: true };
  const { errors } = await billing.execute(WALLETS_OPEN, { input: unreadable }, serviceViewer('identity'));
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

test('an account sees its wallet, lots and history, newest first and page by page', async () => {
  const accountId = await billing.openAccount();
  const viewer = personViewer({ accountId, areas: { BILLING: 'READ' } });
  now = new Date(now.getTime() + 1_000);
  await billing.apply(eventFor(accountId), eventFor(accountId, { credits: 2 }));

  const QUERY = `query ($id: ID!, $after: String) { wallet(id: $id) {
    id kind balance account { id }
    lots { nodes { source priority original remaining expiresAt } }
    entries(first: 1, after: $after) { nodes { type amount bookedAt chargeCount lot { source } } pageInfo { hasNextPage endCursor } } } }`;
  const id = await walletOf(accountId);
  const first = (await billing.execute(QUERY, { id, after: null }, viewer)).data as Answer;
  expect(first.wallet).toMatchObject({ id, kind: 'TRACKER', balance: 97, account: { id: accountId } });
  expect(first.wallet.lots.nodes).toEqual([
    { source: 'GRANTED', priority: 0, original: 100, remaining: 97, expiresAt: null },
  ]);
  expect(first.wallet.entries.nodes).toEqual([
    { type: 'CHARGE', amount: -3, bookedAt: now.toISOString(), chargeCount: 2, lot: { source: 'GRANTED' } },
  ]);
  expect(first.wallet.entries.pageInfo.hasNextPage).toBe(true);

  const after = first.wallet.entries.pageInfo.endCursor;
  const second = (await billing.execute(QUERY, { id, after }, viewer)).data as Answer;
  expect(second.wallet.entries.nodes).toMatchObject([{ type: 'GRANT', amount: 100, chargeCount: 0 }]);
  expect(second.wallet.entries.pageInfo.hasNextPage).toBe(false);
});

test('P a balance leaves out a lot from the instant it expires', async () => {
  const accountId = await billing.openAccount({ grant: false });
  const viewer = personViewer({ accountId });
  await billing.addLot(accountId, { credits: 7, grantedAt: now, expiresAt: new Date(now.getTime() + 1) });
  await billing.addLot(accountId, { credits: 5 });
  const balance = async () =>
    (await entities(viewer, { __typename: 'Account', id: accountId })).found[0].wallets[0].balance;
  expect(await balance()).toBe(12);
  now = new Date(now.getTime() + 1);
  expect(await balance()).toBe(5);
});

test("another account's wallet, lots, history and charges look absent, by query and by _entities", async () => {
  const [accountId, stranger] = [await billing.openAccount(), await billing.openAccount()];
  const event = eventFor(accountId);
  await billing.apply(event);
  const walletId = await walletOf(accountId);
  const viewer = personViewer({ accountId: stranger });
  const QUERY = 'query ($id: ID!) { wallet(id: $id) { id lots { nodes { id } } entries { nodes { id } } } }';
  expect(await billing.execute(QUERY, { id: walletId }, viewer)).toEqual({ data: { wallet: null } });
  expect(await billing.execute(QUERY, { id: newId() }, viewer)).toEqual({ data: { wallet: null } });
  expect(await billing.execute(QUERY, { id: 'x' }, viewer)).toEqual({ data: { wallet: null } });

  const asked = [
    { __typename: 'Account', id: accountId },
    { __typename: 'Wallet', id: walletId },
    { __typename: 'Charge', id: event.eventId },
  ];
  expect(await entities(viewer, ...asked)).toEqual({ found: [{ wallets: [] }, null, null], codes: undefined });
  const unknown = asked.map(({ __typename }) => ({ __typename, id: newId() }));
  expect(await entities(viewer, ...unknown)).toEqual({ found: [{ wallets: [] }, null, null], codes: undefined });
  const unreadable = asked.map(({ __typename }) => ({ __typename, id: 'x' }));
  expect(await entities(viewer, ...unreadable)).toEqual({ found: [{ wallets: [] }, null, null], codes: undefined });
  expect((await entities(personViewer({ accountId }), ...asked)).found[1]).toMatchObject({ id: walletId, balance: 99 });
});

test('every way in needs BILLING', async () => {
  const accountId = await billing.openAccount();
  const event = eventFor(accountId);
  await billing.apply(event);
  const viewer = personViewer({ accountId, areas: { TRACKERS: 'WRITE', SUPPORT: 'WRITE' } });
  const { data, errors } = await billing.execute('{ wallet(id: "x") { id } }', {}, viewer);
  expect(data).toEqual({ wallet: null });
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');

  const asked = [
    { __typename: 'Account', id: accountId },
    { __typename: 'Wallet', id: await walletOf(accountId) },
    { __typename: 'Charge', id: event.eventId },
  ];
  const { found, codes } = await entities(viewer, ...asked);
  expect(found).toEqual([{ wallets: null }, null, null]);
  expect(codes).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  expect((await entities(anonymous(), ...asked)).codes).toEqual([
    'UNAUTHENTICATED',
    'UNAUTHENTICATED',
    'UNAUTHENTICATED',
  ]);
});

test("a partner sees its client's wallet if the client granted BILLING, and staff see all", async () => {
  const [client, other, partner] = [await billing.openAccount(), await billing.openAccount(), newId()];
  await reach(partner, client, 'BILLING');
  await reach(partner, other, 'TRACKERS');
  const asked = [client, other].map((id) => ({ __typename: 'Account', id }));
  const seen = async (viewer: Viewer) =>
    (await entities(viewer, ...asked)).found.map((account: Answer) => account.wallets.length);
  expect(await seen(personViewer({ accountId: partner }))).toEqual([1, 0]);
  expect(await seen(staffViewer())).toEqual([1, 1]);
});

test('U03 U04 payer and owner both see a charge, a third does not; only the payer sees the lot', async () => {
  const [payer, owner, third] = [await billing.openAccount(), await billing.openAccount(), await billing.openAccount()];
  const event = eventFor(payer, { ownerId: owner });
  await billing.apply(event);
  const asked = { __typename: 'Charge', id: event.eventId };
  const charge = { id: event.eventId, credits: 1, payer: { id: payer }, bookedAt: now.toISOString() };
  const see = async (accountId: string) => (await entities(personViewer({ accountId }), asked)).found;
  expect(await see(payer)).toEqual([{ ...charge, lot: { source: 'GRANTED' } }]);
  expect(await see(owner)).toEqual([{ ...charge, lot: null }]);
  expect(await see(third)).toEqual([null]);
});

test('the number of statements does not depend on the number of accounts, wallets or lots', async () => {
  const accountIds = await Promise.all(Array.from({ length: 50 }, () => billing.openAccount()));
  for (const accountId of accountIds.slice(0, 5)) await billing.addLot(accountId, { credits: 3 });
  await billing.apply(...accountIds.map((accountId) => eventFor(accountId)));
  await billing.admin.query(
    `insert into wallet_top_up (wallet_id, account_id, below, pack_id, quantity, profile_id, currency, monthly_cap, active, set_at)
     select id, account_id, 1, (select id from credit_pack limit 1), 1, $2, 'EUR', 1000, true, '2026-11-22' from wallet where account_id = any($1)`,
    [accountIds, newId()],
  );
  const QUERY = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Account { wallets {
    balance lots(first: 10) { nodes { remaining } } entries(first: 10) { nodes { type chargeCount lot { source } } }
    forecast { creditsPerDay } alert { below } topUp { spentThisMonth { amount } pack { id } profile { id } purchases { nodes { id } } } }
    creditMovements(first: 10) { nodes { credits lots { nodes { id } } } } } } }`;
  const count = async (ids: string[]): Promise<number> => {
    billing.statements();
    const r = ids.map((id) => ({ __typename: 'Account', id }));
    const { data, errors } = await billing.execute(QUERY, { r }, staffViewer());
    expect(errors).toBeUndefined();
    expect((data as Answer)._entities.every((account: Answer) => account.wallets.length === 1)).toBe(true);
    return billing.statements().length;
  };
  const forOne = await count(accountIds.slice(0, 1));
  // What staff read is recorded: one more.
  expect(forOne).toBeLessThanOrEqual(17);
  expect(await count(accountIds)).toBe(forOne);
});
