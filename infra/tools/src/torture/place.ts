import { randomBytes } from 'node:crypto';
import type { LocalSubgraphs } from '@comptoir/launch/installation/installation.ts';
import { createKey, seedFleet } from '@comptoir/launch/seed/fleet.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';

/** An account that scans, with its active trackers and an API key that may write events and step through take-overs. */
export type Client = { accountId: string; key: string; trackerIds: string[] };

/**
 * Who is there when a torture begins: a partner that may take over trackers of its first client, and clients that pay
 * themselves.
 */
export type Place = { partner: { accountId: string; key: string }; clients: Client[]; staffKey: string };

export type PlaceOptions = {
  /** Trackers of each client. */
  trackers: number;
  /**
   * Credits of the partner, then of each client, besides the 100 of a sign-up. Their number decides how many clients
   * there are.
   */
  credits: [partner: number, ...clients: number[]];
};

/** Fills an empty installation. */
export async function seedPlace(subgraphs: LocalSubgraphs, identityUrl: string, options: PlaceOptions): Promise<Place> {
  const [partnerCredits, ...clientCredits] = options.credits;
  const { staff, partner, clients } = await seedFleet(subgraphs, identityUrl, {
    password: randomBytes(12).toString('hex'),
    provider: account('Provider'),
    partner: { ...account('Partner'), credits: partnerCredits },
    clients: clientCredits.map((credits, at) => ({
      ...account(`Client ${at}`),
      credits,
      trackers: [{ kind: 'QR_CODE', name: 'Door', count: options.trackers }],
      ...(at === 0 ? { areas: [{ area: 'TRACKERS', verb: 'WRITE' }] } : {}),
    })),
  });
  const key = (viewer: PersonViewer): Promise<string> => createKey(subgraphs, viewer, KEY);
  const withKeys: Client[] = [];
  for (const { owner, trackerIds } of clients)
    withKeys.push({ accountId: owner.accountId, key: await key(owner), trackerIds });
  return {
    partner: { accountId: partner.accountId, key: await key(partner) },
    clients: withKeys,
    staffKey: await key(staff),
  };
}

const account = (name: string) => ({
  name,
  email: `${name.toLowerCase().replace(' ', '-')}@torture.example`,
  displayName: 'Owner',
});

const KEY = {
  name: 'Torture',
  areas: [
    { area: 'TRACKERS', verb: 'WRITE' },
    { area: 'BILLING', verb: 'WRITE' },
    { area: 'PROVISIONING', verb: 'WRITE' },
  ],
} as const;
