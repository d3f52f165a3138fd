import { newId } from '@comptoir/shared/values/uuid.ts';
import type { SubgraphFixture } from '@comptoir/testing/subgraphFixture.ts';
import { personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAccounts } from '../testing/startAccounts.ts';

let fixture: SubgraphFixture;
let ahead = 0;
beforeAll(async () => {
  fixture = await startAccounts({ clock: { now: () => new Date(Date.now() + ahead) } });
});
afterAll(() => fixture.stop());

type Answer = any;

const OPEN = 'mutation ($input: InternalAccountOpenInput!) { internalAccountOpen(input: $input) { accountId } }';
const CONVERT =
  'mutation ($input: AccountConvertToPartnerInput!) { accountConvertToPartner(input: $input) { userErrors { code } } }';
const REQUEST =
  'mutation ($input: PartnershipRequestInput!) { partnershipRequest(input: $input) { partnership { id } userErrors { code } } }';
const ACCEPT =
  'mutation ($input: PartnershipAcceptInput!) { partnershipAccept(input: $input) { partnership { secondFactorRequired } userErrors { code } } }';
const SET = `mutation ($input: PartnershipSecondFactorSetInput!) { partnershipSecondFactorSet(input: $input) {
  partnership { secondFactorRequired } userErrors { code rule } } }`;

async function ask(query: string, input: Record<string, unknown>, viewer = staffViewer()): Promise<Answer> {
  const { data, errors } = await fixture.execute(query, { input }, viewer);
  expect(errors).toBeUndefined();
  return Object.values(data as Answer)[0];
}

async function attached(accept: Record<string, unknown> = {}) {
  const [partnerId, clientId] = [newId(), newId()];
  for (const id of [partnerId, clientId])
    await fixture.execute(OPEN, { input: { id, name: 'N', kind: 'CLIENT' } }, serviceViewer('identity'));
  await ask(CONVERT, { accountId: partnerId });
  const partner = personViewer({ accountId: partnerId });
  const client = personViewer({ accountId: clientId });
  const areas = [{ area: 'TRACKERS', verb: 'WRITE' }];
  const { partnership } = await ask(REQUEST, { clientId, areas }, partner);
  const partnershipId: string = partnership.id;
  const accepted = await ask(ACCEPT, { partnershipId, ...accept }, client);
  expect(accepted.userErrors).toEqual([]);
  return { partnershipId, partner, client, accepted };
}

const periods = async (partnershipId: string): Promise<Answer[]> =>
  (
    await fixture.admin.query(
      `select area || ':' || verb as grant, second_factor as asks, upper_inf(valid) as open
       from access.reach where partnership_id = $1 order by area, verb, lower(valid)`,
      [partnershipId],
    )
  ).rows;

test('N25 the client requires a second factor of its partner’s people, and what was required stays written', async () => {
  const { partnershipId, client, partner, accepted } = await attached();
  expect(accepted.partnership.secondFactorRequired).toBe(false);
  ahead += 1_000;
  const set = await ask(SET, { partnershipId, required: true }, client);
  expect(set).toEqual({ partnership: { secondFactorRequired: true }, userErrors: [] });
  // The bare link stays one period: take-overs ask for the very partnership that they were accepted under.
  expect(await periods(partnershipId)).toEqual([
    { grant: 'LINK:READ', asks: false, open: true },
    { grant: 'TRACKERS:READ', asks: false, open: false },
    { grant: 'TRACKERS:READ', asks: true, open: true },
    { grant: 'TRACKERS:WRITE', asks: false, open: false },
    { grant: 'TRACKERS:WRITE', asks: true, open: true },
  ]);
  expect((await ask(SET, { partnershipId, required: true }, client)).userErrors).toEqual([]);
  expect(await periods(partnershipId)).toHaveLength(5);
  expect((await ask(SET, { partnershipId, required: false }, partner)).userErrors).toEqual([
    { code: 'NOT_YOURS_TO_ANSWER', rule: 'N25' },
  ]);
  const stranger = personViewer({ accountId: newId() });
  expect((await ask(SET, { partnershipId, required: false }, stranger)).userErrors[0].code).toBe(
    'PARTNERSHIP_NOT_FOUND',
  );
  ahead += 1_000;
  await ask(
    'mutation ($input: PartnershipEndInput!) { partnershipEnd(input: $input) { userErrors { code } } }',
    { partnershipId },
    client,
  );
  expect((await periods(partnershipId)).every(({ open }) => !open)).toBe(true);
  expect((await ask(SET, { partnershipId, required: false }, client)).userErrors[0].code).toBe('NOT_WAITING');
});

test('N25 it can be required from the beginning, and only people of the client themselves decide', async () => {
  const { partnershipId, client, accepted } = await attached({ secondFactorRequired: true });
  expect(accepted.partnership.secondFactorRequired).toBe(true);
  const open = (await periods(partnershipId)).map(({ grant, asks }) => [grant, asks]);
  expect(open).toEqual([
    ['LINK:READ', false],
    ['TRACKERS:READ', true],
    ['TRACKERS:WRITE', true],
  ]);
  const actors = [{ userId: newId(), accountId: newId(), loginAsId: newId() }];
  const { errors } = await fixture.execute(SET, { input: { partnershipId, required: false } }, { ...client, actors });
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
