import type { LocalSubgraphs } from '@comptoir/launch/installation/installation.ts';
import { must } from '@comptoir/launch/seed/execute.ts';
import { type ClientPlan, createKey, type Fleet, seedFleet } from '@comptoir/launch/seed/fleet.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';

/** Who and what the bench asks for. */
export type World = {
  partnerId: string;
  clientIds: string[];
  /** API key of the partner: reads its clients, writes events of all their trackers. */
  partnerKey: string;
  /**
   * Active trackers whose owner pays, one per client and turn: events on them are spread over as many wallets as there
   * are clients.
   */
  ownTrackerIds: string[];
  /** Active trackers that the partner has taken over: events on them all cost the one wallet of the partner. */
  hotTrackerIds: string[];
  /** An account with a key of its own, for a list of 100,000 trackers. */
  largeAccountId: string;
  largeKey: string;
};

export const CLIENTS = 50;
const TRACKERS_EACH = 20;
const TURNS = Array.from({ length: TRACKERS_EACH / 2 }, (_, turn) => turn);
/** The most that is granted at once: enough for a quarter of an hour of charging one wallet. */
const CREDITS = 10_000_000;

const account = (name: string, at: number) => ({ name, email: `person-${at}@bench.example`, displayName: name });

const client = (_: unknown, at: number): ClientPlan => ({
  ...account(`Client ${String(at + 1).padStart(2, '0')}`, at + 3),
  credits: CREDITS,
  areas: [
    { area: 'TRACKERS', verb: 'WRITE' },
    { area: 'BILLING', verb: 'READ' },
  ],
  trackers: [{ kind: 'QR_CODE', name: 'Accueil', count: TRACKERS_EACH }],
  takenOver: TURNS.map((turn) => turn * 2 + 1),
});

const KEY = {
  name: 'Bench',
  areas: [
    { area: 'TRACKERS', verb: 'WRITE' },
    { area: 'BILLING', verb: 'READ' },
    { area: 'PROVISIONING', verb: 'READ' },
  ],
} as const;

/**
 * A partner with 50 clients of 20 active trackers, every second tracker taken over by the partner, one event on each.
 */
export async function seedWorld(subgraphs: LocalSubgraphs, identityUrl: string): Promise<World> {
  const { partner, clients } = await seedFleet(subgraphs, identityUrl, {
    password: `bench-${newId()}`,
    provider: account('Provider', 0),
    partner: { ...account('Agence Lumière', 1), credits: CREDITS },
    clients: [account('Grande Enseigne', 2), ...Array.from({ length: CLIENTS }, client)],
  });
  const [large, ...fleets] = clients as [Fleet['clients'][number], ...Fleet['clients']];
  for (const fleet of fleets) await scanAll(subgraphs, fleet);
  // By turns, so that events that follow each other cost different wallets.
  const byTurns = (first: 0 | 1): string[] =>
    TURNS.flatMap((turn) => fleets.map(({ trackerIds }) => trackerIds[turn * 2 + first] as string));
  return {
    partnerId: partner.accountId,
    clientIds: fleets.map(({ owner }) => owner.accountId),
    partnerKey: await createKey(subgraphs, partner, KEY),
    ownTrackerIds: byTurns(0),
    hotTrackerIds: byTurns(1),
    largeAccountId: large.owner.accountId,
    largeKey: await createKey(subgraphs, large.owner, KEY),
  };
}

/** One event on each tracker. */
async function scanAll({ trackers }: LocalSubgraphs, { owner, trackerIds }: Fleet['clients'][number]): Promise<void> {
  const events = trackerIds.map((trackerId) => ({ eventId: `first ${trackerId}`, trackerId, kind: 'SCAN' }));
  const { accepted } = await must<{ accepted: number }>(trackers, RECORD, { input: { events } }, owner);
  if (accepted !== events.length) throw new Error(`Of ${events.length} first events ${accepted} were accepted.`);
}

/** Events through the front door; little is asked back, so that the answer costs little. */
export const RECORD =
  'mutation ($input: EventsRecordInput!) { eventsRecord(input: $input) { accepted refused userErrors { code } } }';
