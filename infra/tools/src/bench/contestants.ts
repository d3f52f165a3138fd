import { readFile } from 'node:fs/promises';
import { startProcess } from '../processes/startProcess.ts';
import type { Databases } from './databases.ts';
import type { LimitConfig } from './limitProcess.ts';
import type { Contestant } from './load.ts';

/** The body of a GraphQL request. */
export const bodyOf = (query: string, variables: object = {}): string => JSON.stringify({ query, variables });

/**
 * The query that the gateway offers as an example: 50 clients, their balances and first ten trackers, payer and last
 * event of each.
 */
export const readDashboard = (): Promise<string> => readFile(new URL('./dashboard.graphql', import.meta.url), 'utf8');

/** `node:http` and one statement written by hand. */
export async function startLimit({ adminUrl, world }: Databases): Promise<Contestant> {
  const config: LimitConfig = { adminUrl, partnerId: world.partnerId };
  const child = await startProcess(new URL('./limitProcess.ts', import.meta.url), config);
  return { name: 'the limit', url: child.url, headers: {}, pids: () => [child.pid], stop: () => child.stop() };
}
