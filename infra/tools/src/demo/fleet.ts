import { ask, type Door } from './ask.ts';
import type { DemoTracker } from './day.ts';

export type FleetTracker = DemoTracker & { status: 'ACTIVE' | 'INACTIVE' };
export type NamedAccount = { id: string; name: string };
export type Fleet = { partner: NamedAccount; clients: (NamedAccount & { trackers: FleetTracker[] })[] };

type Connection<T> = { nodes: T[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };

/** All nodes of a list, page by page. */
async function everyPage<T>(page: (after: string | null) => Promise<Connection<T>>): Promise<T[]> {
  const all: T[] = [];
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo }: Connection<T> = await page(after);
    all.push(...nodes);
    if (!pageInfo.hasNextPage) return all;
    after = pageInfo.endCursor;
  }
}

/** The partner that the key is for, its clients by name, and their trackers, oldest first. */
export async function loadFleet(door: Door): Promise<Fleet> {
  const { data } = await ask<{ viewer: { account: NamedAccount } }>(door, '{ viewer { account { id name } } }');
  const clients = await everyPage(async (after) => {
    type Data = { viewer: { account: { clients: Connection<NamedAccount> } } };
    return (await ask<Data>(door, CLIENTS, { after })).data.viewer.account.clients;
  });
  const withTrackers: Fleet['clients'] = [];
  for (const client of clients) {
    const trackers = await everyPage(async (after) => {
      type Data = { account: { trackers: Connection<FleetTracker> } };
      return (await ask<Data>(door, TRACKERS, { id: client.id, after })).data.account.trackers;
    });
    withTrackers.push({ ...client, trackers });
  }
  return { partner: data.viewer.account, clients: withTrackers };
}

const CLIENTS = /* GraphQL */ `
  query DemoClients($after: String) {
    viewer { account { clients(first: 100, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } } } }
  }
`;
const TRACKERS = /* GraphQL */ `
  query DemoTrackers($id: ID!, $after: String) {
    account(id: $id) { trackers(first: 100, after: $after) { nodes { id kind status } pageInfo { hasNextPage endCursor } } }
  }
`;
