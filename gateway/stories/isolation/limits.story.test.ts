import { readFileSync } from 'node:fs';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { KeyViewer, PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema, type GraphQLField } from 'graphql';
import { done, logIn, PASSWORD } from '../people.ts';
import { normalised, ourTables, textRows } from './leaks.ts';
import {
  asksByInput,
  callsWith,
  entitiesOf,
  idArguments,
  inputFor,
  isReference,
  operation,
  payloadSelection,
  placesOf,
  rootFields,
  schemaOf,
} from './operations.ts';
import { lifted, readAll } from './readAll.ts';
import { likelyAt } from './seedTenant.ts';
import { addMember, type Caller, goodValue, openTenants, type Tenants } from './tenants.ts';

/**
 * Tenants within a side: a member who is kept to a branch (G12), a key that is kept to accounts (G15), a key that may
 * only try things out (N11).
 */
let tenants: Tenants;
beforeAll(async () => {
  tenants = await openTenants();
});
afterAll(() => tenants.stop());

const api = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const queries = rootFields(api.getQueryType());
const mutations = rootFields(api.getMutationType());
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

type Row = { table: string; id: string };

const idsOf = async (sql: string, values: unknown[]): Promise<string[]> =>
  (await tenants.installation.admin.query(sql, values)).rows.map(({ id }) => id);

/** What stands in a text of what is to be hidden; ids that were sent are no news. */
const found = (
  text: string,
  hidden: ReadonlySet<string>,
  mark: string | null,
  sent: readonly string[] = [],
): string[] => [
  ...(text.match(UUID) ?? []).filter((id) => hidden.has(id) && !sent.includes(id)),
  ...(mark !== null && text.includes(mark) ? [mark] : []),
];

/** The calls of a root field that name something hidden, and the same calls with ids of nothing. */
function calls(
  field: GraphQLField<unknown, unknown>,
  rows: readonly Row[],
): { args: string; missing: string; id: string }[] {
  return rows.flatMap(({ table, id }) => {
    const nothing = newId();
    const of = (one: string): string[] =>
      asksByInput(field)
        ? callsWith(field, { table, id: one }, 'TRACKERS:READ')
        : idArguments(field).length === 0
          ? []
          : [
              `(${idArguments(field)
                .map(({ name }) => `${name}: "${one}"`)
                .join(', ')})`,
            ];
    const missing = of(nothing);
    return of(id).map((args, at) => ({ args, missing: missing[at] as string, id }));
  });
}

/**
 * Asks everything that can be asked: by id, from the viewer on, as entities, as inputs of mutations. Returns where
 * something hidden shows.
 */
async function showing(
  caller: Caller,
  rows: readonly Row[],
  mark: string | null,
): Promise<{ leaks: string[]; asked: number }> {
  const hidden = new Set(rows.map(({ id }) => id));
  const leaks: string[] = [];
  let asked = 0;
  const ask = async (text: string, variables: Record<string, unknown>, sent: readonly string[]): Promise<string> => {
    asked += 1;
    const { status, data, errors } = await tenants.installation.ask(text, variables, caller.token);
    const told = JSON.stringify({ data, errors });
    for (const leak of found(told, hidden, mark, sent)) leaks.push(`${text.slice(0, 160)} gives ${leak}`);
    return normalised({ status, data, errors });
  };
  // Of each kind of row one says as much as several.
  const some = [...Map.groupBy(rows, ({ table }) => table).values()].flatMap((each) => each.slice(0, 1));
  for (const field of queries) {
    for (const { args, missing, id } of calls(field, some)) {
      const body = asksByInput(field) ? payloadSelection(field) : 'id __typename';
      const [it, none] = [
        lifted(`{ ${field.name}${args} { ${body} } }`),
        lifted(`{ ${field.name}${missing} { ${body} } }`),
      ];
      const foreign = await ask(it.query, it.variables, [id]);
      const nothing = await ask(none.query, none.variables, []);
      if (foreign !== nothing) leaks.push(`${field.name}${args}\n  ${foreign}\n  ${nothing}`);
    }
    if (asksByInput(field) || idArguments(field).length > 0) continue;
    for (const { text, reading } of await readAll(tenants.installation, caller, field, '')) {
      asked += 1;
      for (const leak of found(text, hidden, mark)) leaks.push(`${field.name} … ${reading.covers} gives ${leak}`);
    }
  }
  for (const subgraph of Object.values(tenants.installation.subgraphs)) {
    for (const type of entitiesOf(schemaOf(subgraph.sdl)).filter((each) => !isReference(subgraph.name, each))) {
      // Billing knows no people; the gateway comes there with a key that identity has shown, and it holds a count.
      if (subgraph.name === 'billing' && type.name === 'ApiKey') continue;
      const r = rows.map(({ id }) => ({ __typename: type.name, id }));
      const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type.name} { id } } }`;
      const { data } = await subgraph.execute({ query, variables: { r } }, caller.viewer);
      for (const [at, item] of ((data?._entities ?? []) as unknown[]).entries())
        if (item !== null) leaks.push(`${subgraph.name} ${type.name} ${rows[at]?.table} is there`);
      asked += 1;
    }
  }
  for (const field of mutations) {
    for (const { path } of placesOf(field.args).filter(
      ({ type, path }) => type === 'ID' && !path.endsWith('.eventId'),
    )) {
      for (const { id } of likelyAt(path, some)) {
        const told = async (one: string): Promise<string> => {
          const supply = (place: { path: string }) =>
            place.path === path ? one : goodValue(tenants, place.path, field.name);
          const input = inputFor(field.args, supply, { full: false, choice: 0 });
          return await ask(operation('mutation', field, payloadSelection(field)), input, [one]);
        };
        const nothing = await told(newId());
        if (/FORBIDDEN|UNAUTHENTICATED/.test(nothing)) break;
        const foreign = await told(id);
        if (foreign !== nothing) leaks.push(`${field.name} ${path}\n  ${foreign}\n  ${nothing}`);
      }
    }
  }
  return { leaks, asked };
}

test('G12 whoever is kept to a branch finds nothing of another: by id, from any entity, by questions about access, through mutations', async () => {
  const { local, installation } = tenants;
  const areas = ['TRACKERS:WRITE', 'OTHER:WRITE', 'SECURITY:WRITE', 'CONFIGURATION:WRITE'] as const;
  const email = 'nord@proche.example';
  const member = await addMember(installation, local.accountId, email, [...areas]);
  const { membershipId } = member.viewer as PersonViewer;
  const [here, there] = local.people.branchIds;
  const SET =
    'mutation ($input: MembershipBranchesSetInput!) { membershipBranchesSet(input: $input) { userErrors { code } } }';
  await done(installation, SET, { membershipId, branchIds: [here] }, local.owner.token);
  const { token } = await logIn(installation, email, PASSWORD);
  const caller: Caller = { name: email, token, viewer: { ...(member.viewer as PersonViewer), branches: [here] } };

  const elsewhere = local.people.branchTrackerIds[1];
  const table = (name: string, ids: string[]): Row[] => ids.map((id) => ({ table: name, id }));
  const rows = [
    ...table('accounts.branch', [there]),
    ...table('trackers.tracker', [elsewhere, local.trackerIds[0] as string]),
    ...table('identity.contact', [local.people.contactIds[1]]),
    ...table(
      'trackers.event',
      await idsOf('select id from trackers.event where tracker_id = any ($1)', [[elsewhere, ...local.trackerIds]]),
    ),
    // Of people, those of the branch; the owner is nowhere in particular.
    ...table('identity.membership', [(local.owner.viewer as PersonViewer).membershipId]),
    ...table(
      'identity.api_key',
      await idsOf('select id from identity.api_key where account_id = $1', [local.accountId]),
    ),
  ];
  expect(new Set(rows.map((row) => row.table)).size).toBe(6);
  const { leaks, asked } = await showing(caller, rows, 'proche sud');
  expect(leaks).toEqual([]);
  expect(asked).toBeGreaterThan(200);
  // Control: its own branch is there, and the owner sees both.
  const TRACKERS = '{ viewer { account { trackers { nodes { id } } } } }';
  const seen = async (by: string | null): Promise<string> => JSON.stringify(await installation.ask(TRACKERS, {}, by));
  expect(await seen(token)).toContain(local.people.branchTrackerIds[0]);
  expect(await seen(local.owner.token)).toContain(elsewhere);
});

/** Makes a key of somebody's over HTTP; it holds all that they may give in `areas`. */
async function makeKey(owner: Caller, areas: string[], more: object): Promise<Caller> {
  const KEY =
    'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } secret userErrors { code } } }';
  const grants = areas.map((text) => ({ area: text.split(':')[0], verb: text.split(':')[1] }));
  const { apiKey, secret } = await done(
    tenants.installation,
    KEY,
    { name: 'limited', areas: grants, ...more },
    owner.token,
  );
  const { sessionId: _, ...acting } = owner.viewer as PersonViewer;
  const held = Object.fromEntries(areas.map((text) => text.split(':')));
  const viewer: KeyViewer = { ...acting, kind: 'KEY', keyId: apiKey.id, areas: held, ...more };
  return { name: 'key', token: secret, viewer };
}

const EVERY = ['BILLING', 'SUPPORT', 'PROVISIONING', 'CONFIGURATION', 'SECURITY', 'TRACKERS', 'OTHER'].map(
  (area) => `${area}:WRITE`,
);

test('G15 a partner’s key that is kept to no client finds nothing of one', async () => {
  const { local } = tenants;
  const areas = ['TRACKERS:READ', 'BILLING:READ'];
  const rows = [
    ...[...local.trackerIds, ...local.people.branchTrackerIds].map((id) => ({ table: 'trackers.tracker', id })),
    ...(await idsOf('select id from billing.wallet where account_id = $1', [local.accountId])).map((id) => ({
      table: 'billing.wallet',
      id,
    })),
    ...(await idsOf('select id from trackers.event where account_id = $1', [local.accountId])).map((id) => ({
      table: 'trackers.event',
      id,
    })),
  ];
  const { leaks, asked } = await showing(await makeKey(local.partner, areas, { accounts: [] }), rows, null);
  expect(leaks).toEqual([]);
  expect(asked).toBeGreaterThan(50);
  // Control: a key that is not kept to any does find it.
  const ONE = 'query ($id: ID!) { tracker(id: $id) { id } }';
  const free = await makeKey(local.partner, areas, {});
  const { data } = await tenants.installation.ask(ONE, { id: local.trackerIds[0] }, free.token);
  expect(data.tracker).toEqual({ id: local.trackerIds[0] });
});

/**
 * What the local partner pays for its client, and with what: every row of its bills, its money, its discounts; and what
 * they are said to the trail by.
 */
async function moneyOf(partnerId: string): Promise<Row[]> {
  const of: Record<string, string> = {
    billing_profile: 'account_id = $1',
    payment: 'account_id = $1',
    invoice: 'payer_id = $1',
    invoice_line: 'invoice_id in (select id from billing.invoice where payer_id = $1)',
    invoice_payment: 'invoice_id in (select id from billing.invoice where payer_id = $1)',
    prepaid_hold: 'payer_id = $1',
    quote: 'owner_id = $1',
    wallet: 'account_id = $1',
    lot: 'wallet_id in (select id from billing.wallet where account_id = $1)',
    ledger_entry: 'wallet_id in (select id from billing.wallet where account_id = $1)',
    commission_statement: 'partner_id = $1',
    commission_line: 'partner_id = $1',
  };
  const rows: Row[] = [];
  for (const [name, where] of Object.entries(of)) {
    const ids = await idsOf(`select id from billing.${name} where ${where}`, [partnerId]);
    expect([name, ids.length > 0]).toEqual([name, true]);
    rows.push(...ids.map((id) => ({ table: `billing.${name}`, id })));
  }
  return rows;
}

test('A41 a client whose partner pays sees its plan and period, and nothing of what the partner pays, with what, or at which discount', async () => {
  const { resold, partner, partnerId, resoldId } = tenants.local;
  const { leaks, asked } = await showing(resold, await moneyOf(partnerId), 'proche agence');
  expect(leaks).toEqual([]);
  expect(asked).toBeGreaterThan(200);

  const OWN = `query ($id: ID!) { account(id: $id) { quotes { nodes { id } } invoices { nodes { id } } billingProfiles { nodes { id } } migrationDiscounts { nodes { id } }
    resellerDiscount { basisPoints } subscription { status periodFrom periodTo terms { plan } profile { id } perCycle { amount }
    history { nodes { kind perCycle { amount } quote { id } invoice { id } } } } } }`;
  const { data, errors } = await tenants.installation.ask(OWN, { id: resoldId }, resold.token);
  expect(errors).toBeUndefined();
  expect(data.account).toMatchObject({
    quotes: { nodes: [] },
    invoices: { nodes: [] },
    billingProfiles: { nodes: [] },
    migrationDiscounts: { nodes: [] },
    resellerDiscount: null,
    subscription: {
      status: 'ACTIVE',
      terms: { plan: 'PLUS' },
      profile: null,
      perCycle: null,
      history: { nodes: [{ kind: 'CREATED', perCycle: null, quote: null, invoice: null }] },
    },
  });
  // Nor by trying to change it: what would be due or freed is the partner's.
  const CHANGE = `mutation ($input: SubscriptionChangeQuoteInput!) { subscriptionChangeQuote(input: $input) {
    quote { id prorated { amount } } userErrors { code } } }`;
  const change = { accountId: resoldId, contacts: 2500 };
  const tried = await tenants.installation.ask(CHANGE, { input: change }, resold.token);
  expect(tried.data.subscriptionChangeQuote).toEqual({ quote: null, userErrors: [{ code: 'PROFILE_NOT_FOUND' }] });
  // Control: the partner sees all of it, less a quarter.
  const paid = await tenants.installation.ask(OWN, { id: resoldId }, partner.token);
  expect(paid.data.account.subscription).toMatchObject({
    profile: { id: expect.any(String) },
    perCycle: { amount: '36.75' },
    history: {
      nodes: [
        { perCycle: { amount: '36.75' }, quote: { id: expect.any(String) }, invoice: { id: expect.any(String) } },
      ],
    },
  });
});

/** Every table by its rows, but the trail, in which tries stand, and what the gateway notes of a key's use. */
async function books(): Promise<Map<string, string>> {
  const kept = new Map<string, string>();
  for (const table of await ourTables(tenants.installation)) {
    const name = `${table.schema}.${table.name}`;
    if (name.startsWith('access.trail')) continue;
    if (name !== 'identity.api_key') kept.set(name, (await textRows(tenants.installation, table)).join('\n'));
  }
  const { rows } = await tenants.installation.admin.query(
    `select (to_jsonb(k) - 'last_used_at')::text as row from identity.api_key k order by id`,
  );
  return kept.set('identity.api_key', rows.map(({ row }) => row).join('\n'));
}

test('N11 a preview-only key changes no row by any mutation', async () => {
  const key = await makeKey(tenants.local.owner, EVERY, { preview: true });
  await tenants.installation.ask('{ viewer { apiKey { id } } }', {}, key.token);
  const before = await books();
  const worked: string[] = [];
  for (const field of mutations) {
    for (const choice of [0, 1]) {
      const input = inputFor(field.args, ({ path }) => previewValue(path), { full: false, choice });
      const text = operation('mutation', field, payloadSelection(field));
      const { data, errors } = await tenants.installation.ask(text, input, key.token);
      expect([field.name, errors?.map(({ extensions }) => extensions.code) ?? []]).not.toEqual([
        field.name,
        ['INTERNAL_SERVER_ERROR'],
      ]);
      if (data?.[field.name]?.userErrors?.length === 0) worked.push(field.name);
    }
  }
  const after = await books();
  expect([...before.keys()].filter((name) => before.get(name) !== after.get(name))).toEqual([]);
  expect(new Set(worked).size).toBeGreaterThan(10);
});

/** As `goodValue`, and rows that the tries may be about. */
function previewValue(path: string): unknown {
  const { people, owner } = tenants.local;
  const name = path.split('.').at(-1);
  if (name === 'apiKeyId') return people.budgetKeyId;
  if (name === 'invitationId') return people.invitationId;
  if (name === 'membershipId') return (owner.viewer as PersonViewer).membershipId;
  if (name === 'email') return path.includes('invitation') ? 'somebody@new.example' : goodValue(tenants, path);
  return goodValue(tenants, path);
}

test('N11 A47 what counts guesses counts them: a preview-only key neither logs in nor guesses', async () => {
  const { token } = await makeKey(tenants.local.owner, ['TRACKERS:READ'], { preview: true });
  const LOG_IN =
    'mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) { session { sessionId } userErrors { code } } }';
  const refused: unknown[] = [];
  for (const password of ['not the password of anybody', PASSWORD]) {
    const { data, errors } = await tenants.installation.ask(
      LOG_IN,
      { input: { email: 'owner1@proche.example', password } },
      token,
    );
    refused.push(data?.sessionCreate ?? errors?.[0]?.extensions.code);
  }
  expect(refused).toEqual(['PREVIEW_NOT_POSSIBLE', 'PREVIEW_NOT_POSSIBLE']);
});
