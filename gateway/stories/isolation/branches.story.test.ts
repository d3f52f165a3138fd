import { readFileSync } from 'node:fs';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { Answer } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema, type GraphQLField } from 'graphql';
import { done, logIn, PASSWORD } from '../people.ts';
import { ourTables } from './leaks.ts';
import { idArguments, inputFor, operation, payloadSelection, rootFields } from './operations.ts';
import { addMember, type Caller, goodValue, openTenants, type Tenants } from './tenants.ts';

/**
 * A member with every area, limited to one branch: what belongs to the account as a whole is refused to it (G12),
 * whatever it asks and however.
 */
let tenants: Tenants;
let limited: Caller;
let branchId: string;
beforeAll(async () => {
  tenants = await openTenants();
  const { local, installation } = tenants;
  const email = 'nord@proche.example';
  const member = await addMember(installation, local.accountId, email, EVERY_AREA);
  const { membershipId } = member.viewer as PersonViewer;
  branchId = local.people.branchIds[0];
  const SET =
    'mutation ($input: MembershipBranchesSetInput!) { membershipBranchesSet(input: $input) { userErrors { code } } }';
  await done(installation, SET, { membershipId, branchIds: [branchId] }, local.owner.token);
  const { token } = await logIn(installation, email, PASSWORD);
  limited = { name: email, token, viewer: { ...(member.viewer as PersonViewer), branches: [branchId] } };
});
afterAll(() => tenants.stop());

const EVERY_AREA = (
  ['BILLING', 'SUPPORT', 'PROVISIONING', 'CONFIGURATION', 'SECURITY', 'TRACKERS', 'OTHER'] as const
).map((area) => `${area}:WRITE` as const);

const api = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const operations: { kind: 'query' | 'mutation'; field: GraphQLField<unknown, unknown> }[] = [
  ...rootFields(api.getQueryType()).map((field) => ({ kind: 'query' as const, field })),
  ...rootFields(api.getMutationType()).map((field) => ({ kind: 'mutation' as const, field })),
];

/**
 * The rule by which a field was refused; null where it was answered. Its payload may hold what the caller cannot read.
 */
async function refusedBy(kind: 'query' | 'mutation', field: GraphQLField<unknown, unknown>): Promise<string | null> {
  const named = idArguments(field).map(({ name }) => name);
  const values = inputFor(field.args, ({ path }) => goodValue(tenants, path, field.name), { full: false, choice: 0 });
  const input = { ...values, ...Object.fromEntries(named.map((name) => [name, values[name] ?? newId()])) };
  const body = kind === 'mutation' ? payloadSelection(field) : '__typename';
  const { errors } = await tenants.installation.ask(operation(kind, field, body), input, limited.token);
  const [no] = (errors ?? []).filter(
    ({ path, extensions }) => extensions.code === 'FORBIDDEN' && (path === undefined || path.length === 1),
  );
  return no === undefined ? null : String(no.extensions.rule);
}

test('G12 what belongs to the account is not read either: money, charges of other branches, partners, trail', async () => {
  const ask = async (fields: string): Promise<{ account: Answer['data']; rules: unknown[] }> => {
    const { data, errors } = await tenants.installation.ask(`{ viewer { account { ${fields} } } }`, {}, limited.token);
    return { account: data.viewer.account, rules: errors?.map(({ extensions }) => extensions.rule) ?? [] };
  };
  const whole = await ask(`wallets { id } invoices { nodes { id } } subscription { id } billingProfiles { nodes { id } }
    creditMovements { nodes { __typename } } partnerships { nodes { id } } networks trail { nodes { id } } loginAsSessions { nodes { id } }`);
  expect(Object.values(whole.account)).toEqual(Object.keys(whole.account).map(() => null));
  expect(whole.rules).toEqual(Object.keys(whole.account).map(() => 'G12'));
  // What is said of its trackers costs no one's money.
  const own = await ask(
    'name trackers { nodes { name branch { id } creditsRunOutAt } } events { nodes { id charge { id } payer { name } } }',
  );
  expect(own.account).toEqual({
    name: 'proche client',
    trackers: { nodes: [{ name: 'proche nord', branch: { id: branchId }, creditsRunOutAt: null }] },
    events: { nodes: [{ id: expect.any(String), charge: null, payer: { name: 'proche client' } }] },
  });
  expect(own.rules).toEqual(['G12', 'G12']);
});

test('G12 every operation does for a limited member what explainAccess says, and refuses by G12 all but the few that are about a branch', async () => {
  const EXPLAIN =
    'query ($input: ExplainAccessInput!) { explainAccess(input: $input) { allowed missing { kind rule } } }';
  const differing: string[] = [];
  const refused: string[] = [];
  for (const { kind, field } of operations) {
    // Asked before: some of these end the caller's session, or change who they are.
    const { data } = await tenants.installation.ask(EXPLAIN, { input: { action: field.name } }, limited.token);
    const { allowed, missing } = data.explainAccess;
    if (ENDS_THE_CALLER.includes(field.name)) continue;
    const rule = await refusedBy(kind, field);
    if (rule === 'G12') refused.push(field.name);
    const said = missing?.kind === 'BRANCH' ? missing.rule : null;
    if (allowed !== (rule === null) || (rule === 'G12') !== (said === 'G12'))
      differing.push(`${field.name}: refused by ${rule}, explained as ${JSON.stringify(data.explainAccess)}`);
  }
  expect(differing).toEqual([]);
  expect(refused.length).toBeGreaterThan(50);
  expect(refused).toEqual(
    expect.arrayContaining([
      'partnershipAccept',
      'billingProfileCreate',
      'quoteCommit',
      'subscriptionCancel',
      'accountCancel',
      'loginAsStart',
      'wallet',
      'invoice',
      'delegationEnd',
    ]),
  );
});
const ENDS_THE_CALLER = ['sessionEnd', 'sessionRevoke', 'sessionsRevokeOthers', 'passwordChange'];

/** Tables that requests read and that have no account: the same for everybody. */
const OF_NO_ACCOUNT = /^billing\.(catalogue_\w+|credit_pack\w*|seller|commission_minimum)$/;
/**
 * What was asked for by a key of intention, and the id that was answered: per account, and shown by no operation. The
 * row of that id has policies of its own.
 */
const OF_INTENTIONS = /\.idempotency_key$/;
/**
 * Tables whose rows belong to branches, to the caller in person, or are the bare fact of a partnership, each with
 * policies of its own.
 */
const WITHIN_BRANCHES =
  /^identity\.(api_key|app_user|contact|invitation|login_as|membership|recovery_code|session|totp)$|^accounts\.(account|branch)$|^trackers\.|^access\.(reach|trail)$/;

test('G12 the second wall stands alone: without the shield, no row of the whole account is there for a limited member', async () => {
  const rows = async (subgraph: string, table: string, branches: string[] | undefined): Promise<number> => {
    const { accountId, userId } = limited.viewer as PersonViewer;
    const client = tenants.installation.admin;
    await client.query('begin');
    try {
      await client.query(
        `select set_config('app.account', $1, true), set_config('app.user', $2, true), set_config('app.now', $3, true), set_config('app.address', '127.0.0.1', true), set_config('app.branches', $4, true)`,
        [accountId, userId, new Date().toISOString(), branches === undefined ? '' : `{${branches.join()}}`],
      );
      await client.query(`set local role comptoir_${subgraph}`);
      return (await client.query(`select count(*)::int as rows from ${table}`)).rows[0].rows;
    } finally {
      await client.query('rollback');
    }
  };
  const shown: string[] = [];
  let withRows = 0;
  for (const { schema, name } of await ourTables(tenants.installation)) {
    const table = `${schema}.${name}`;
    const subgraph = schema === 'access' ? 'identity' : schema;
    const { rows: rights } = await tenants.installation.admin.query(
      `select has_table_privilege('comptoir_${subgraph}', '${table}', 'SELECT') as readable`,
    );
    const exempt = [OF_NO_ACCOUNT, OF_INTENTIONS, WITHIN_BRANCHES].some((names) => names.test(table));
    if (!rights[0].readable || exempt) continue;
    if ((await rows(subgraph, table, undefined)) > 0) withRows += 1;
    if ((await rows(subgraph, table, [branchId])) > 0) shown.push(table);
  }
  expect(shown).toEqual([]);
  // Control: without the limit most of these tables show the account's rows.
  expect(withRows).toBeGreaterThan(15);
});

test('G12 a log-in as a client opens nothing any more once its actor is limited to branches', async () => {
  const { local, installation, staff } = tenants;
  const START =
    'mutation ($input: LoginAsStartInput!) { loginAsStart(input: $input) { tokens { accessToken } userErrors { code } } }';
  const { tokens } = await done(installation, START, { accountId: local.accountId, reason: 'help' }, staff.token);
  const READ = '{ viewer { account { id } } }';
  expect((await installation.ask(READ, {}, tokens.accessToken)).data.viewer.account.id).toBe(local.accountId);
  await installation.admin.query(
    `update identity.membership m set branches = $1 from identity.app_user u where u.id = m.user_id and u.email = 'staff@comptoir.example'`,
    [[newId()]],
  );
  await until(
    async () => (await installation.ask(READ, {}, tokens.accessToken)).status === 401,
    'the log-in-as to end',
  );
});
