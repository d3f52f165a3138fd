import type { Services } from '@comptoir/shared/protocol/services.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { SubgraphFixture } from '@comptoir/testing/subgraphFixture.ts';
import { until } from '@comptoir/testing/until.ts';
import { personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAccounts } from '../testing/startAccounts.ts';

/** Stands where billing would answer: fails the first call, as a subgraph that is down does. */
const asked: unknown[] = [];
const services: Services = {
  billing: {
    name: 'billing',
    async execute({ variables }) {
      asked.push(variables);
      return asked.length === 1
        ? { errors: [{ message: 'down', extensions: { code: 'SERVICE_UNAVAILABLE' } }] }
        : { data: { internalSubscriptionCancel: { accountId: 'whichever' } } };
    },
  },
};

let home: SubgraphFixture;
beforeAll(async () => {
  home = await startAccounts({ services });
  await home.subgraph.startJobs();
});
afterAll(() => home.stop());

const SET = `mutation ($input: AccountTimeZoneSetInput!) { accountTimeZoneSet(input: $input) { account { id timeZone } userErrors { code rule } } }`;
const open = async (name = 'C', kind = 'CLIENT'): Promise<string> => {
  const id = newId();
  await home.admin.query(`insert into account values ($1, $2, $3, $4)`, [id, kind, name, new Date()]);
  return id;
};
const reach = (holder: string, account: string, area: string, verb: string) =>
  home.admin.query(`insert into access.reach values ($1, $2, $3, $4, '[2020-01-01,)', $5)`, [
    holder,
    account,
    area,
    verb,
    newId(),
  ]);
const set = async (viewer: ReturnType<typeof personViewer>, input: object): Promise<any> => {
  const { data, errors } = await home.execute(SET, { input }, viewer);
  return errors?.[0]?.extensions.code ?? data?.accountTimeZoneSet;
};
const zoneOf = async (id: string): Promise<string | undefined> =>
  (await home.admin.query('select time_zone from access.account_zone where account = $1', [id])).rows[0]?.time_zone;

test('A18 an account sets its time zone, and what policies and billing read follows in the same commit', async () => {
  const id = await open();
  expect(await zoneOf(id)).toBeUndefined();
  expect(await set(personViewer({ accountId: id }), { timeZone: 'europe/paris' })).toEqual({
    account: { id, timeZone: 'Europe/Paris' },
    userErrors: [],
  });
  expect(await zoneOf(id)).toBe('Europe/Paris');
  await set(staffViewer(), { accountId: id, timeZone: 'UTC' });
  expect(await zoneOf(id)).toBe('UTC');
});

test('A18 a partner sets it where CONFIGURATION was granted for writing; elsewhere the account is not there', async () => {
  const [partner, granted, cancels, linked] = [await open(), await open(), await open(), await open()];
  for (const client of [granted, cancels, linked]) await reach(partner, client, 'LINK', 'READ');
  await reach(partner, granted, 'CONFIGURATION', 'WRITE');
  // May change the row, which is another matter.
  await reach(partner, cancels, 'PROVISIONING', 'WRITE');
  await reach(partner, linked, 'CONFIGURATION', 'READ');
  const viewer = personViewer({ accountId: partner });
  expect(await set(viewer, { accountId: granted, timeZone: 'Asia/Tokyo' })).toMatchObject({ userErrors: [] });
  for (const accountId of [cancels, linked, newId(), 'no id']) {
    expect(await set(viewer, { accountId, timeZone: 'Asia/Tokyo' })).toEqual({
      account: null,
      userErrors: [{ code: 'ACCOUNT_NOT_FOUND', rule: null }],
    });
  }
  expect([await zoneOf(granted), await zoneOf(cancels), await zoneOf(linked)]).toEqual([
    'Asia/Tokyo',
    undefined,
    undefined,
  ]);
});

test('A18 only names that IANA knows, and only with CONFIGURATION for writing', async () => {
  const accountId = await open();
  expect(await set(personViewer({ accountId }), { timeZone: '+02:00' })).toMatchObject({
    account: null,
    userErrors: [{ code: 'TIME_ZONE_NOT_KNOWN', rule: 'A18' }],
  });
  const reader = personViewer({ accountId, areas: { CONFIGURATION: 'READ', PROVISIONING: 'WRITE' } });
  expect(await set(reader, { timeZone: 'UTC' })).toBe('FORBIDDEN');
});

test('services learn what accounts are, and find them by name within what a holder reaches', async () => {
  const facts = `query ($ids: [ID!]!) { internalAccountFacts(ids: $ids) { id kind name cancelled timeZone } }`;
  const [partner, client, stranger] = [
    await open('Zenith Agence', 'PARTNER'),
    await open('zenith client'),
    await open('Zenith of others'),
  ];
  await reach(partner, client, 'LINK', 'READ');
  const { data } = await home.execute(facts, { ids: [partner, newId(), 'no id'] }, serviceViewer('billing'));
  expect(data).toEqual({
    internalAccountFacts: [{ id: partner, kind: 'PARTNER', name: 'Zenith Agence', cancelled: false, timeZone: 'UTC' }],
  });

  const byName = async (holderId: string, text: string) => {
    const query = 'query ($holderId: ID!, $text: String!) { internalAccountsByName(holderId: $holderId, text: $text) }';
    const answer = await home.execute(query, { holderId, text }, serviceViewer('billing'));
    return answer.data?.internalAccountsByName;
  };
  expect(await byName(partner, 'ZENITH')).toEqual([partner, client]);
  expect(await byName(client, 'zenith')).toEqual([client]);
  const provider = await open('Us', 'PROVIDER');
  expect(new Set((await byName(provider, ' Zenith ')) as string[])).toEqual(new Set([partner, client, stranger]));
  for (const text of ['', '   ', 'zenith\0', 'x'.repeat(201)]) expect(await byName(provider, text)).toEqual([]);

  for (const query of [
    facts,
    'query ($ids: [ID!]!) { internalAccountsByName(holderId: "x", text: "y") a: internalAccountFacts(ids: $ids) { id } }',
  ]) {
    const { data: none, errors } = await home.execute(query, { ids: [] }, personViewer({ accountId: partner }));
    expect(none).toBeNull();
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});

test('A61 a cancelled account’s subscription is ended by billing, again after billing was down; cancelling twice asks once', async () => {
  const accountId = await open();
  const cancel = () =>
    home.execute(
      'mutation ($input: AccountCancelInput!) { accountCancel(input: $input) { userErrors { code } } }',
      { input: { reason: 'We close our shop' } },
      personViewer({ accountId }),
    );
  await cancel();
  await cancel();
  const jobs = `select data, state from accounts_jobs.job where name = 'subscription-cancel'`;
  const rows = await until(async () => {
    const queued = (await home.admin.query(jobs)).rows;
    return queued.every(({ state }) => state === 'completed') && queued;
  }, 'the job to be done');
  expect(rows).toEqual([{ data: { accountId }, state: 'completed' }]);
  expect(asked).toEqual([{ input: { accountId } }, { input: { accountId } }]);
});
