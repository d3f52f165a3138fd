import { publicKeys } from '@comptoir/launch/installation/secrets.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { createSubgraphServer } from '@comptoir/shared/service/subgraphServer.ts';
import { SUBGRAPHS, type SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { signViewer } from '@comptoir/shared/viewer/viewerToken.ts';
import { openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createGateway } from '../../src/server.ts';
import { keyPair } from '../../src/testing/graph.ts';
import { done, type Person, signUp } from '../people.ts';

/** Three walls keep out who calls from outside a network list (G11). Each is tried with the other two taken away. */
let installation: TestInstallation;
let marie: Person;
let trackerId: string;
let viewer: ReturnType<typeof personViewer>;
const log = createLog('walls', { level: 'fatal' });
const [HOME, AWAY] = ['127.0.0.1', '192.0.2.1'];

beforeAll(async () => {
  installation = await openTestInstallation();
  marie = await signUp(installation, 'marie@boulangerie.example', 'Boulangerie Martin');
  const { accountId, membershipId } = marie;
  const { tracker } = await done(
    installation,
    'mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id } userErrors { code } } }',
    { kind: 'QR_CODE', name: 'Vitrine' },
    marie.token,
  );
  trackerId = tracker.id;
  const { rows } = await installation.admin.query('select user_id as "userId" from identity.membership where id = $1', [
    membershipId,
  ]);
  viewer = personViewer({ accountId, membershipId, userId: rows[0].userId });
});
afterAll(() => installation.stop());

/** A question about the account to each subgraph: a field of `Query`, and the same row as the gateway asks for it. */
const questions = (): Record<SubgraphName, [string, string]> => {
  const entity = (type: string, id: string, field: string) =>
    `{ _entities(representations: [{ __typename: "${type}", id: "${id}" }]) { ... on ${type} { seen: ${field} } } }`;
  const { accountId, membershipId } = marie;
  return {
    identity: [`{ seen: membership(id: "${membershipId}") { id } }`, entity('Membership', membershipId, 'id')],
    accounts: [`{ seen: account(id: "${accountId}") { name } }`, entity('Account', accountId, 'name')],
    billing: ['{ seen: creditPacks { nodes { id } } }', entity('Account', accountId, 'wallets { balance }')],
    trackers: [`{ seen: tracker(id: "${trackerId}") { name } }`, entity('Tracker', trackerId, 'name')],
  };
};

type Seen = { data?: any; errors?: { extensions: Record<string, unknown> }[] };
/** What the answer holds of what was asked for, or the code of the one error and its rule. */
function outcome({ data, errors = [] }: Seen): string {
  if (errors.length > 0) return errors.map(({ extensions: { code, rule } }) => `${code} ${rule}`).join();
  const seen = data?.seen ?? data?._entities?.[0]?.seen ?? [];
  return Array.isArray(seen) && seen.length === 0 ? 'nothing' : 'seen';
}

/** What that viewer gets of each subgraph, by field and as an entity. */
async function seenBy(asked: Viewer): Promise<string[]> {
  const answers = SUBGRAPHS.flatMap((name) =>
    questions()[name].map(async (query) => outcome(await installation.subgraphs[name].execute({ query }, asked))),
  );
  return [...new Set(await Promise.all(answers))];
}

async function policies(state: 'enable' | 'disable'): Promise<void> {
  const { rows } = await installation.admin.query(
    `select format('alter table %I.%I ${state} row level security', n.nspname, c.relname) as statement
     from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace group by 1`,
  );
  expect(rows.length).toBeGreaterThan(50);
  for (const { statement } of rows) await installation.admin.query(statement);
}

const listOfAccount = (networks: string[]) =>
  installation.admin.query(
    'insert into access.account_network values ($1, $2) on conflict (account) do update set networks = excluded.networks',
    [marie.accountId, networks],
  );

test('G11 the gateway alone: without policies, and with subgraphs that are told of no list', async () => {
  await policies('disable');
  const asked: string[] = [];
  const forgetful = Object.fromEntries(
    Object.values(installation.subgraphs).map(({ name, execute }): [string, Subgraph] => [
      name,
      {
        name,
        execute(request, viewerOfGateway) {
          asked.push(`${name} ${viewerOfGateway.kind}`);
          return execute(request, { ...viewerOfGateway, networks: [] } as Viewer);
        },
      },
    ]),
  ) as Record<SubgraphName, Subgraph>;
  const gateway = await createGateway({
    subgraphs: forgetful,
    sdls: Object.fromEntries(Object.values(installation.subgraphs).map(({ name, sdl }) => [name, sdl])),
    accessKey: publicKeys(installation.secrets).identity,
    isReady: async () => undefined,
    trustedProxies: ['127.0.0.1/32'],
    log,
  });
  try {
    const url = `${await gateway.listen(0, '127.0.0.1')}/graphql`;
    const look = async (address: string) => {
      const headers = { authorization: `Bearer ${marie.token}`, 'x-forwarded-for': address };
      const body = JSON.stringify({ query: `{ tracker(id: "${trackerId}") { name } }` });
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      const { data, errors } = (await response.json()) as Seen;
      return errors?.[0]?.extensions.code ?? data.tracker.name;
    };
    await listOfAccount([`${AWAY}/32`]);
    expect(await look(AWAY)).toBe('Vitrine');
    asked.length = 0;
    expect(await look(HOME)).toBe('ADDRESS_NOT_ALLOWED');
    // No one was asked for her, but identity whether she is known and to write down that she was refused.
    expect(new Set(asked)).toEqual(new Set(['identity SERVICE']));
  } finally {
    await gateway.drain();
  }
});

test('G11 the shield alone: without gateway and policies, in every subgraph, for fields and entities', async () => {
  await policies('disable');
  await installation.admin.query('delete from access.account_network');
  const networks = [['10.0.0.0/8', `${HOME}/32`], [`${HOME}/32`]];
  expect(await seenBy({ ...viewer, networks })).toEqual(['seen']);
  const outsiders: Viewer[] = [
    { ...viewer, networks, address: AWAY },
    { ...viewer, networks, address: null },
    { ...viewer, networks: [...networks, []] },
    { ...viewer, networks: undefined as never },
  ];
  for (const outsider of outsiders) expect(await seenBy(outsider)).toEqual(['ADDRESS_NOT_ALLOWED G11']);

  const before = await installation.admin.query('select count(*)::integer as count from trackers.tracker');
  const query = 'mutation { trackerCreate(input: { kind: QR_CODE, name: "Away" }) { userErrors { code } } }';
  const { data, errors } = await installation.subgraphs.trackers.execute(
    { query },
    { ...viewer, networks, address: AWAY },
  );
  expect([data, errors?.map(({ extensions }) => extensions.code)]).toEqual([
    { trackerCreate: null },
    ['ADDRESS_NOT_ALLOWED'],
  ]);
  expect((await installation.admin.query('select count(*)::integer as count from trackers.tracker')).rows).toEqual(
    before.rows,
  );
  // It is a decision like any other.
  const { rows } = await installation.admin.query(
    'select code, rule, host(address) as address from access.trail where id = $1',
    [errors?.[0]?.extensions.decisionId],
  );
  expect(rows).toEqual([{ code: 'ADDRESS_NOT_ALLOWED', rule: 'G11', address: AWAY }]);
});

test('G11 the policies alone: without gateway, and with a viewer that brings no list', async () => {
  await policies('enable');
  await listOfAccount([`${HOME}/32`]);
  expect(await seenBy(viewer)).toEqual(['seen']);
  const away = { ...viewer, address: AWAY };
  // Plans and packs are everybody's; one's own memberships and sessions are read from anywhere.
  const asked = { accounts: questions().accounts, billing: [questions().billing[1]], trackers: questions().trackers };
  for (const name of ['accounts', 'billing', 'trackers'] as const) {
    for (const query of asked[name]) {
      expect([name, outcome(await installation.subgraphs[name].execute({ query }, away))]).toEqual([name, 'nothing']);
    }
  }
});

test('G11 a subgraph that is called over HTTP, with a viewer that the gateway signed, refuses another address itself', async () => {
  const gateway = await keyPair();
  const server = createSubgraphServer(installation.subgraphs.trackers, {
    trustedKeys: { gateway: gateway.public },
    log,
  });
  const url = await server.listen(0, '127.0.0.1');
  const send = async (query: string, of: Partial<Viewer>): Promise<string> => {
    const how = { key: gateway.private, issuer: 'gateway', audience: 'trackers' };
    const authorization = `Bearer ${await signViewer({ ...viewer, ...of } as Viewer, how)}`;
    const headers = { 'content-type': 'application/json', authorization };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    return `${response.status} ${outcome((await response.json()) as Seen)}`;
  };
  try {
    await installation.admin.query('delete from access.account_network');
    // As long as lists get: three of a hundred would not fit into a header.
    const long = Array.from({ length: 99 }, (_, end) => `2001:db8:1111:2222:3333:4444:5555:${end + 1_000}/128`);
    const networks = [1, 2, 3].map(() => [...long, '127.0.0.0/8']);
    for (const query of questions().trackers) {
      expect(await send(query, { networks })).toBe('200 seen');
      expect(await send(query, { networks, address: AWAY })).toBe('200 ADDRESS_NOT_ALLOWED G11');
      // A gateway of an older version signs no lists: it may have let in whom a list keeps out.
      expect(await send(query, { networks: undefined as never })).toBe('401 UNAUTHENTICATED undefined');
    }
  } finally {
    await server.close();
  }
});
