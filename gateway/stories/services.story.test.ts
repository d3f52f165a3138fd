import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installationSecrets, publicKeys } from '@comptoir/launch/installation/secrets.ts';
import { untilReady } from '@comptoir/launch/installation/serviceProcesses.ts';
import { type RunningServices, startServices } from '@comptoir/launch/installation/startServices.ts';
import { freePort, freePortsInARow } from '@comptoir/launch/machine/ports.ts';
import { addOwners } from '@comptoir/launch/seed/owners.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type TestDatabase, testDatabase } from '@comptoir/testing/testDatabase.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

/** The same product as five processes over HTTP: what differs from one process is what is proved here. */
let home: string;
let database: TestDatabase;
let services: RunningServices;
let firstPort: number;
let token: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'comptoir-services-'));
  database = await testDatabase();
  const secrets = await installationSecrets(home);
  firstPort = await freePortsInARow(4);
  services = await startServices({
    gatewayPort: await freePort(),
    host: '127.0.0.1',
    firstPort,
    databaseUrls: database.urls,
    secrets,
    mail: { smtpUrl: 'smtp://127.0.0.1:1', from: 'Comptoir <no-reply@comptoir.localhost>' },
    publicUrl: 'http://comptoir.localhost',
    home,
    tell: () => undefined,
    env: { LOG_LEVEL: 'fatal', NODE_OPTIONS: '' },
  });
  const accountId = newId();
  await addOwners(database.urls.identity.system, 'correct horse battery staple', [
    { email: 'lou@agence.example', displayName: 'Lou', accountId, role: 'OWNER' },
  ]);
  const { data } = await ask(
    'mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) { session { accessToken } userErrors { code } } }',
    { input: { email: 'lou@agence.example', password: 'correct horse battery staple' } },
  );
  token = data.sessionCreate.session.accessToken;
});
afterAll(async () => {
  await services?.stop();
  await database?.drop();
  await rm(home, { recursive: true, force: true });
});

async function ask(
  query: string,
  variables: object,
  bearer: string | null = null,
): Promise<{ status: number; data: any; errors?: any[] }> {
  const response = await fetch(`${services.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(60_000),
  });
  return { status: response.status, ...((await response.json()) as { data: never }) };
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

const CREATE =
  'mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id name status } userErrors { code } } }';
const FLEET = '{ viewer { user { email } account { id trackers { nodes { name } } wallets { balance } } } }';

test('an operation joins the subgraphs over HTTP as it does in one process', async () => {
  const created = await ask(CREATE, { input: { kind: 'QR_CODE', name: 'Entrée' } }, token);
  expect(created.data.trackerCreate).toMatchObject({ tracker: { name: 'Entrée', status: 'INACTIVE' }, userErrors: [] });
  const fleet = await ask(FLEET, {}, token);
  expect(fleet.errors).toBeUndefined();
  expect(fleet.data.viewer).toMatchObject({
    user: { email: 'lou@agence.example' },
    account: { trackers: { nodes: [{ name: 'Entrée' }] } },
  });
});

test('a subgraph refuses whoever brings no viewer of its gateway or services, `_service` and `_entities` included', async () => {
  for (const query of ['{ _service { sdl } }', '{ _entities(representations: []) { __typename } }', '{ __typename }']) {
    for (const authorization of ['', `Bearer ${token}`, 'Bearer nonsense']) {
      const response = await fetch(`http://127.0.0.1:${firstPort + 1}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ query }),
      });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    }
  }
});

test('a service whose port is taken says so and ends, however much it had opened before', async () => {
  const secrets = await installationSecrets(home);
  const other = `http://127.0.0.1:${firstPort}/graphql`;
  const late = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../subgraphs/accounts/src/main.ts', import.meta.url))],
    {
      env: {
        PORT: String(firstPort + 1),
        DATABASE_URL: database.urls.accounts.request,
        DATABASE_SYSTEM_URL: database.urls.accounts.system,
        IDENTITY_URL: other,
        BILLING_URL: other,
        TRACKERS_URL: other,
        SIGNING_KEY: JSON.stringify(secrets.keys.accounts),
        TRUSTED_KEYS: JSON.stringify(publicKeys(secrets)),
        LOG_LEVEL: 'fatal',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 60_000,
    },
  );
  let said = '';
  late.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(late, 'close');
  expect({ code, said }).toEqual({
    code: 1,
    said: 'The service accounts cannot start. Its port is taken: set PORT to another.\n',
  });
});

test('one subgraph down: the rest answers, with a typed error for what is missing; it is back by itself', async () => {
  process.kill(services.processes.billing.pid() as number, 'SIGKILL');
  const partial = await ask(FLEET, {}, token);
  expect(partial.data.viewer).toMatchObject({
    user: { email: 'lou@agence.example' },
    account: { trackers: { nodes: [{ name: 'Entrée' }] }, wallets: null },
  });
  expect(partial.errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }]);
  expect(JSON.stringify(partial)).not.toMatch(/127\.0\.0\.1|billing|ECONN/);

  await untilReady(`http://127.0.0.1:${firstPort + 2}/ready`, 60_000);
  await until(async () => (await ask(FLEET, {}, token)).errors === undefined, 'a whole answer');
});

test('identity down: nobody new gets in, 503 with Retry-After', async () => {
  process.kill(services.processes.identity.pid() as number, 'SIGKILL');
  // What was found to hold a moment ago is believed for half a second.
  const refused = await until(async () => {
    const answer = await ask(FLEET, {}, token);
    return answer.status === 503 && answer;
  }, 'nobody new to get in');
  expect(refused).toMatchObject({ status: 503, errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
  await untilReady(`http://127.0.0.1:${firstPort}/ready`, 60_000);
});

test('deploys are invisible: processes are told to leave and replaced under load, and no change fails', async () => {
  let over = false;
  let asked = 0;
  const work = async (): Promise<unknown[]> => {
    const failed: unknown[] = [];
    while (!over) {
      const { status, data, errors } = await ask(CREATE, { input: { kind: 'QR_CODE', name: 'Sortie' } }, token);
      asked += 1;
      if (status !== 200 || errors !== undefined || data.trackerCreate.userErrors.length > 0)
        failed.push([status, errors, data]);
    }
    return failed;
  };
  // The gateway notices for itself that identity, which the test before killed, is back.
  await until(async () => (await ask(FLEET, {}, token)).status === 200, 'identity to be back');
  const load = Promise.all(Array.from({ length: 4 }, work));
  load.catch(() => undefined);
  try {
    const { identity, trackers, gateway } = services.processes;
    for (const service of [identity, trackers, gateway]) {
      const last = service.pid() as number;
      process.kill(last, 'SIGTERM');
      await until(
        () => service.pid() !== null && service.pid() !== last && isGone(last),
        `${service.name} to be replaced`,
        60_000,
      );
      const sofar = asked;
      await until(() => asked > sofar + 10, 'changes to go on');
    }
  } finally {
    over = true;
  }
  expect((await load).flat()).toEqual([]);
}, 240_000);
