import { readFileSync } from 'node:fs';
import { type Answer, openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addClient, convertToPartner } from './fleet.ts';
import { type Person, signUp } from './people.ts';

const CLIENTS = 50;
const TRACKERS = 11;
let installation: TestInstallation;
let agency: Person;

beforeAll(async () => {
  installation = await openTestInstallation();
  agency = await signUp(installation, 'lou@agence.example', 'Agence');
  await convertToPartner(installation, agency.accountId);
  const partner = personViewer({ accountId: agency.accountId });
  for (let at = 0; at < CLIENTS; at += 1)
    await addClient(installation, partner, `Client ${String(at).padStart(2, '0')}`, TRACKERS);
});
afterAll(() => installation.stop());

const DASHBOARD = readFileSync(new URL('../src/graphiql/examples/dashboard.graphql', import.meta.url), 'utf8');

async function dashboard(
  clients: number,
  trackers: number,
): Promise<{ data: Answer['data']; counts: Record<string, number> }> {
  installation.statements();
  const { data, errors } = await installation.ask(DASHBOARD, { clients, trackers }, agency.token);
  expect(errors).toBeUndefined();
  const counts = Object.fromEntries(
    Object.entries(installation.statements()).map(([subgraph, list]) => [subgraph, list.length]),
  );
  return { data: data.viewer.account, counts };
}

test('U06 the dashboard runs across all four subgraphs, and its statements depend neither on 50 nor on 10', async () => {
  const large = await dashboard(50, 10);
  const small = await dashboard(2, 1);
  const { nodes } = large.data.clients;
  expect(nodes).toHaveLength(50);
  expect(nodes.map((client: Answer['data']) => client.trackers.nodes.length)).toEqual(Array(50).fill(10));
  expect(nodes[7]).toMatchObject({ name: 'Client 07', wallets: [{ kind: 'TRACKER', balance: 100 - TRACKERS }] });
  for (const client of nodes) {
    for (const tracker of client.trackers.nodes) {
      expect(tracker.payer.name).toBe('Agence');
      expect(tracker.lastEvent.occurredAt).toMatch(/Z$/);
    }
  }
  const total = (counts: Record<string, number>): number =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  expect(Object.keys(large.counts).sort()).toEqual(['accounts', 'billing', 'identity', 'trackers']);
  expect(small.counts).toEqual(large.counts);
  // One more, by identity's second role, says whether the session still holds; it is asked at most twice a second.
  expect(total(large.counts) + 1).toBeLessThanOrEqual(10);
});
