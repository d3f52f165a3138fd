import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { SubgraphFixture } from '@comptoir/testing/subgraphFixture.ts';
import { personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAccounts } from '../testing/startAccounts.ts';

let fixture: SubgraphFixture;
beforeAll(async () => {
  fixture = await startAccounts();
});
afterAll(() => fixture.stop());

type Answer = any;

const CONVERSION = 'id account { id } status message reason answeredAt availableActions { action allowed }';
const REQUEST = `mutation ($input: PartnerConversionRequestInput!) { partnerConversionRequest(input: $input) { conversion { ${CONVERSION} } userErrors { code rule } } }`;
const REFUSE = `mutation ($input: PartnerConversionRefuseInput!) { partnerConversionRefuse(input: $input) { conversion { ${CONVERSION} } userErrors { code rule } } }`;
const CONVERT = `mutation ($input: AccountConvertToPartnerInput!) { accountConvertToPartner(input: $input) { account { kind } userErrors { code } } }`;
const LIST = `query ($status: PartnerConversionStatus, $first: Int, $after: String) { partnerConversions(status: $status, first: $first, after: $after) {
  nodes { id account { id } status } pageInfo { hasNextPage endCursor } } }`;
const OWN = `query ($id: ID!) { account(id: $id) { kind partnerConversions { nodes { ${CONVERSION} } } } }`;

async function ask(query: string, variables: Record<string, unknown>, viewer: Viewer): Promise<Answer> {
  const { data, errors } = await fixture.execute(query, variables, viewer);
  return errors === undefined ? Object.values(data as object)[0] : errors[0]?.extensions;
}

async function open(kind = 'CLIENT'): Promise<string> {
  const id = newId();
  const query = 'mutation ($input: InternalAccountOpenInput!) { internalAccountOpen(input: $input) { accountId } }';
  await ask(query, { input: { id, name: `Account ${id}`, kind } }, serviceViewer('identity'));
  return id;
}
const request = (accountId: string, message?: string): Promise<Answer> =>
  ask(REQUEST, { input: { message } }, personViewer({ accountId }));
const own = async (accountId: string): Promise<Answer> => ask(OWN, { id: accountId }, personViewer({ accountId }));
const waitingIds = async (): Promise<string[]> =>
  (await ask(LIST, { status: 'REQUESTED', first: 100 }, staffViewer())).nodes.map((node: Answer) => node.account.id);

test('U02 an account asks, staff see it and convert it, and the account reads that', async () => {
  const accountId = await open();
  const { conversion, userErrors } = await request(accountId, ' Nous gérons douze commerces. ');
  expect(userErrors).toEqual([]);
  expect(conversion).toEqual({
    id: expect.any(String),
    account: { id: accountId },
    status: 'REQUESTED',
    message: 'Nous gérons douze commerces.',
    reason: null,
    answeredAt: null,
    availableActions: [
      { action: 'CONVERT', allowed: false },
      { action: 'REFUSE', allowed: false },
    ],
  });
  expect((await own(accountId)).kind).toBe('CLIENT');
  expect(await waitingIds()).toContain(accountId);

  expect(await ask(CONVERT, { input: { accountId } }, staffViewer())).toEqual({
    account: { kind: 'PARTNER' },
    userErrors: [],
  });
  expect(await waitingIds()).not.toContain(accountId);
  const { kind, partnerConversions } = await own(accountId);
  expect(kind).toBe('PARTNER');
  expect(partnerConversions.nodes).toMatchObject([
    { id: conversion.id, status: 'CONVERTED', reason: null, answeredAt: expect.any(String) },
  ]);
});

test('U02 staff refuse with a reason that the account reads; it may ask again, and a request is answered once', async () => {
  const accountId = await open();
  const conversionId = (await request(accountId)).conversion.id;
  const refuse = (reason: string, viewer: Viewer = staffViewer(), id = conversionId): Promise<Answer> =>
    ask(REFUSE, { input: { conversionId: id, reason } }, viewer);
  expect((await refuse(' no ')).userErrors).toEqual([{ code: 'REASON_NOT_READABLE', rule: 'U02' }]);
  expect((await refuse('x'.repeat(501))).userErrors).toEqual([{ code: 'REASON_NOT_READABLE', rule: 'U02' }]);
  expect((await refuse('Not yet.', staffViewer(), newId())).userErrors).toMatchObject([
    { code: 'CONVERSION_NOT_FOUND' },
  ]);
  const { conversion } = await refuse('Not yet.');
  expect(conversion).toMatchObject({
    status: 'REFUSED',
    reason: 'Not yet.',
    availableActions: [{ allowed: false }, { allowed: false }],
  });
  expect((await refuse('Not yet.')).userErrors).toEqual([{ code: 'NOT_WAITING', rule: 'U02' }]);
  expect((await own(accountId)).partnerConversions.nodes).toMatchObject([{ status: 'REFUSED', reason: 'Not yet.' }]);
  const again = (await request(accountId)).conversion;
  expect(again).toMatchObject({ status: 'REQUESTED' });
  expect(again.id).not.toBe(conversionId);
});

test('U02 asked twice, also at once, there is one request; it is in the trail of the account', async () => {
  const accountId = await open();
  const asked = await Promise.all([request(accountId), request(accountId), request(accountId)]);
  const ids = new Set([...asked, await request(accountId)].map(({ conversion }) => conversion.id));
  expect(ids.size).toBe(1);
  const { rows } = await fixture.admin.query(
    `select decision, subjects from access.trail where action = 'partnerConversionRequest' and account_id = $1`,
    [accountId],
  );
  expect(rows.map(({ decision }) => decision)).toEqual(Array(4).fill('DONE'));
  expect(rows[0].subjects).toEqual([`id:${[...ids][0]}`]);
});

test('U01 U02 what is no client of the provider’s does not ask, and why', async () => {
  const [provider, cancelled, partner] = [await open('PROVIDER'), await open(), await open()];
  await fixture.admin.query(`update account set status = 'CANCELLED', cancelled_at = $2 where id = $1`, [
    cancelled,
    new Date(),
  ]);
  await ask(CONVERT, { input: { accountId: partner } }, staffViewer());
  const codeOf = async (accountId: string, message?: string): Promise<Answer> =>
    (await request(accountId, message)).userErrors;
  expect(await codeOf(provider)).toEqual([{ code: 'ACCOUNT_IS_PROVIDER', rule: 'U01' }]);
  expect(await codeOf(partner)).toEqual([{ code: 'ALREADY_A_PARTNER', rule: 'U01' }]);
  expect(await codeOf(cancelled)).toEqual([{ code: 'ACCOUNT_CANCELLED', rule: 'A61' }]);
  for (const message of ['x'.repeat(1_001), 'a\u0000b', '\ud83d'])
    expect(await codeOf(partner, message)).toMatchObject([{ code: 'MESSAGE_NOT_READABLE' }]);
});

test('U02 the request is the account’s and the staff’s alone', async () => {
  const accountId = await open();
  const conversionId = (await request(accountId)).conversion.id;
  const stranger = personViewer({ accountId: await open() });
  expect(await ask(LIST, {}, stranger)).toMatchObject({ code: 'FORBIDDEN' });
  expect(await ask(REFUSE, { input: { conversionId, reason: 'Mine.' } }, stranger)).toMatchObject({
    code: 'FORBIDDEN',
  });
  expect(await ask(REFUSE, { input: { conversionId, reason: 'Mine.' } }, personViewer({ accountId }))).toMatchObject({
    code: 'FORBIDDEN',
  });
  const readOnly = personViewer({ accountId, areas: { PROVISIONING: 'READ' } });
  expect(await ask(REQUEST, { input: {} }, readOnly)).toMatchObject({ code: 'FORBIDDEN' });
  const hop = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on PartnerConversion { id } } }`;
  const representations = { r: [{ __typename: 'PartnerConversion', id: conversionId }] };
  expect(await ask(hop, representations, stranger)).toEqual([null]);
  expect(await ask(hop, representations, personViewer({ accountId }))).toEqual([{ id: conversionId }]);
});

test('U02 staff page through the requests, newest first', async () => {
  const ids = [await open(), await open(), await open()];
  for (const id of ids) await request(id);
  const first = await ask(LIST, { status: 'REQUESTED', first: 2 }, staffViewer());
  expect(first.nodes.map((node: Answer) => node.account.id)).toEqual([ids[2], ids[1]]);
  const next = await ask(LIST, { status: 'REQUESTED', first: 1, after: first.pageInfo.endCursor }, staffViewer());
  expect(next.nodes.map((node: Answer) => node.account.id)).toEqual([ids[0]]);
});
