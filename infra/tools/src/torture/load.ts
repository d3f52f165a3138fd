import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Random } from '@comptoir/testing/random.ts';
import { askUntilAnswered, type Graph } from './graph.ts';
import type { Client, Place } from './place.ts';
import type { Outcome, Record, Sent } from './record.ts';

export const RECORD_EVENTS = `mutation ($input: EventsRecordInput!) { eventsRecord(input: $input) {
  results { eventId outcome code event { id } } } }`;

/** What everybody who works on the installation shares. `stopped()` ends each after what it is doing. */
export type Shift = {
  graph: Graph;
  place: Place;
  record: Record;
  stopped: () => boolean;
  /** What must not be and was, in words. */
  violations: string[];
  /** Who is not answered for that long, whatever is killed meanwhile, will not be. */
  giveUpAfterMs: number;
};

/** Sends batches of events of one client, some of them again, each until it is answered. */
export async function writeEvents(shift: Shift, client: Client, random: Random): Promise<void> {
  const { graph, record, stopped, violations, giveUpAfterMs } = shift;
  const recent: Sent[] = [];
  while (!stopped()) {
    const events = nextBatch(client, recent, random);
    const payload = await askUntilAnswered<{ results: Outcome[] }>(
      () => graph.ask(RECORD_EVENTS, { input: { events } }, client.key),
      {
        withinMs: giveUpAfterMs,
        onFailure: () => record.noteUnanswered(client.accountId, events),
      },
    );
    if (payload === null) violations.push(`${events.length} events got no answer for ${giveUpAfterMs / 1000} s.`);
    else record.note(client.accountId, events, payload.results);
  }
}

/** One to fifty; one in ten was sent before, one in fifty stands twice in the same call. */
function nextBatch({ trackerIds }: Client, recent: Sent[], random: Random): Sent[] {
  const size = random.chance(0.25) ? 1 : random.between(2, 50);
  const batch: Sent[] = [];
  for (let at = 0; at < size; at += 1) {
    if (random.chance(0.1) && recent.length > 0) batch.push(random.pick(recent));
    else if (random.chance(0.02) && batch.length > 0) batch.push(random.pick(batch));
    else {
      const event: Sent = { eventId: newId(), trackerId: random.pick(trackerIds), kind: 'SCAN' };
      if (random.chance(0.5)) event.occurredAt = new Date(Date.now() - random.between(0, 2_000)).toISOString();
      batch.push(event);
      recent.push(event);
    }
  }
  recent.splice(0, Math.max(0, recent.length - 200));
  return batch;
}

const DELEGATIONS = '{ viewer { account { delegations(first: 5) { nodes { id status } } } } }';
const OFFER = 'mutation ($input: DelegationOfferInput!) { delegationOffer(input: $input) { userErrors { code } } }';
const ACCEPT = 'mutation ($input: DelegationAcceptInput!) { delegationAccept(input: $input) { userErrors { code } } }';
const END = 'mutation ($input: DelegationEndInput!) { delegationEnd(input: $input) { userErrors { code } } }';

/**
 * Takes the first client's trackers over and gives them back, again and again: each time looks how things stand and
 * does what comes next, so that a step without an answer needs no other care. Returns the number of steps that were
 * answered.
 */
export async function switchPayers({ graph, place, stopped, violations }: Shift, random: Random): Promise<number> {
  const client = place.clients[0] as Client;
  let steps = 0;
  /** Without the delegations where their subgraph is away: the rest of the answer is there. */
  type Viewer = { account: { delegations: { nodes: { id: string; status: string }[] } | null } | null };
  while (!stopped()) {
    const seen = await graph.ask<Viewer>(DELEGATIONS, {}, client.key);
    const nodes = seen.answered?.account?.delegations?.nodes;
    if (nodes !== undefined) {
      const open = nodes.find(({ status }) => /OFFERED|ACTIVE/.test(status));
      const input = open === undefined ? offerOf(place, random) : { delegationId: open.id };
      const [query, key] =
        open === undefined
          ? [OFFER, client.key]
          : open.status === 'OFFERED'
            ? [ACCEPT, place.partner.key]
            : [END, random.pick([client.key, place.partner.key])];
      const done = await graph.ask<{ userErrors: { code: string }[] }>(query, { input }, key);
      if (done.answered !== undefined) steps += 1;
      // TRACKER_TAKEN and NOT_WAITING are what an earlier step without an answer leaves behind.
      const refused = done.answered?.userErrors[0]?.code;
      if (refused !== undefined && !/^(TRACKER_TAKEN|NOT_WAITING|NO_TRACKERS)$/.test(refused))
        violations.push(`A step of a take-over was refused: ${refused}.`);
    }
    await pause(random.between(50, 300));
  }
  return steps;
}

const offerOf = ({ partner, clients }: Place, random: Random) => {
  const { trackerIds } = clients[0] as Client;
  return random.chance(0.5)
    ? { partnerId: partner.accountId, scope: 'ALL' }
    : {
        partnerId: partner.accountId,
        scope: 'SELECTED',
        trackerIds: trackerIds.slice(0, random.between(1, trackerIds.length)),
      };
};

const GRANT = 'mutation ($input: CreditsGrantInput!) { creditsGrant(input: $input) { userErrors { code } } }';

/**
 * Tops up the last client, whose wallet runs dry again and again, each time with one key until it is answered. Gives
 * the credits that were granted.
 */
export async function topUp(
  { graph, place, stopped, violations, giveUpAfterMs }: Shift,
  random: Random,
): Promise<number> {
  const { accountId } = place.clients.at(-1) as Client;
  let granted = 0;
  while (!stopped()) {
    const credits = random.between(5, 40);
    const input = { accountId, kind: 'TRACKER', credits, reason: 'TEST', idempotencyKey: newId() };
    const payload = await askUntilAnswered<{ userErrors: { code: string }[] }>(
      () => graph.ask(GRANT, { input }, place.staffKey),
      {
        withinMs: giveUpAfterMs,
      },
    );
    if (payload === null) violations.push('A top-up got no answer.');
    else if (payload.userErrors.length > 0) violations.push(`A top-up was refused: ${payload.userErrors[0]?.code}.`);
    else granted += credits;
    await pause(random.between(300, 900));
  }
  return granted;
}
