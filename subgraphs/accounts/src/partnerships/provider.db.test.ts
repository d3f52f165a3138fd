import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { SubgraphFixture } from '@comptoir/testing/subgraphFixture.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAccounts } from '../testing/startAccounts.ts';

/** The provider is no one's client and no one's partner, and with no partnership there is no way into its account. */
let home: SubgraphFixture;
const [provider, partner, client] = [newId(), newId(), newId()];
beforeAll(async () => {
  home = await startAccounts();
  for (const [id, kind] of [
    [provider, 'PROVIDER'],
    [partner, 'PARTNER'],
    [client, 'CLIENT'],
  ])
    await home.admin.query('insert into account values ($1, $2, $3, $4)', [id, kind, kind, new Date()]);
});
afterAll(() => home.stop());

const REQUEST = `mutation ($input: PartnershipRequestInput!) { partnershipRequest(input: $input) { partnership { id } userErrors { code rule field } } }`;
async function request(viewer: Viewer, input: Record<string, unknown>): Promise<unknown> {
  const areas = [{ area: 'TRACKERS', verb: 'READ' }];
  const { data, errors } = await home.execute(REQUEST, { input: { areas, ...input } }, viewer);
  expect(errors).toBeUndefined();
  return data?.['partnershipRequest'];
}
const CLIENT_IS_PROVIDER = {
  partnership: null,
  userErrors: [{ code: 'CLIENT_IS_PROVIDER', rule: 'U05', field: ['input', 'clientId'] }],
};
const NOT_A_PARTNER = { partnership: null, userErrors: [{ code: 'NOT_A_PARTNER', rule: 'U07', field: null }] };

test.each([
  ['as it is', provider],
  ['in capitals', provider.toUpperCase()],
  ['in both', provider.replace(/[a-f]/, (letter) => letter.toUpperCase())],
])('U05 nobody asks to be the partner of the provider, whose id is written %s', async (_how, clientId) => {
  expect(await request(personViewer({ accountId: partner }), { clientId })).toEqual(CLIENT_IS_PROVIDER);
  expect(await request(staffViewer(provider), { clientId, partnerId: partner })).toEqual(CLIENT_IS_PROVIDER);
  expect((await home.admin.query('select from partnership')).rowCount).toBe(0);
});

test.each([
  ['with blanks', (id: string) => ` ${id} `],
  ['in braces', (id: string) => `{${id}}`],
  ['without dashes', (id: string) => id.replaceAll('-', '')],
  ['as a URN', (id: string) => `urn:uuid:${id}`],
])('U05 another spelling of an id is none: %s', async (_how, spell) => {
  const answer = await request(personViewer({ accountId: partner }), { clientId: spell(provider) });
  expect(answer).toMatchObject({ partnership: null, userErrors: [{ code: 'CLIENT_NOT_READABLE' }] });
});

test('U07 the provider asks nobody: not for itself, and its staff not in its name', async () => {
  for (const clientId of [client, provider]) {
    expect(await request(personViewer({ accountId: provider }), { clientId })).toEqual(NOT_A_PARTNER);
    expect(await request(staffViewer(provider), { clientId })).toEqual(NOT_A_PARTNER);
    expect(await request(staffViewer(provider), { clientId, partnerId: provider.toUpperCase() })).toEqual(
      NOT_A_PARTNER,
    );
  }
});

test('U05 the database keeps the provider out of every partnership that opens something', async () => {
  const add = (partnerId: string, clientId: string, status: string): Promise<unknown> =>
    home.admin.query(
      `insert into partnership (id, partner_id, client_id, status, asked_areas, granted_areas, requested_by, requested_at)
       values (uuidv7(), $1, $2, $3, '{TRACKERS:READ}', '{}', uuidv7(), now())`,
      [partnerId, clientId, status],
    );
  for (const status of ['REQUESTED', 'ACTIVE']) {
    await expect(add(partner, provider, status)).rejects.toMatchObject({ code: '23514' });
    await expect(add(provider, client, status)).rejects.toMatchObject({ code: '23514' });
  }
  // What was asked before this was known is history, and stays.
  await add(partner, provider, 'WITHDRAWN');
  await expect(
    home.admin.query(`update partnership set status = 'REQUESTED' where client_id = $1`, [provider]),
  ).rejects.toMatchObject({ code: '23514' });
});
