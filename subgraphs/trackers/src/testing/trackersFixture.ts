import { billing } from '@comptoir/billing/schema.ts';
import { testConfig } from '@comptoir/billing/testing/testConfig.ts';
import type { Services } from '@comptoir/shared/protocol/services.ts';
import type { Clock } from '@comptoir/shared/values/clock.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { type SubgraphFixture, startSubgraph } from '@comptoir/testing/subgraphFixture.ts';
import { personViewer, serviceViewer } from '@comptoir/testing/viewers.ts';
import { expect } from '@jest/globals';
import type { EventInput, TrackerKind } from '../../generated/graphql.ts';
import { trackers } from '../schema.ts';

export type Answer = any;

export const RECORD = `mutation ($input: EventsRecordInput!) { eventsRecord(input: $input) {
  results { eventId outcome code message rule event { id eventId kind occurredAt payer { id } credits data tracker { id } } }
  accepted replayed refused userErrors { code field } } }`;
const CREATE = `mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id } userErrors { code } } }`;
const ACTIVATE = `mutation ($input: TrackersActivateInput!) { trackersActivate(input: $input) { userErrors { code } } }`;
const OFFER = `mutation ($input: DelegationOfferInput!) { delegationOffer(input: $input) {
  delegation { id status trackerCount } userErrors { code field rule } } }`;
const ACCEPT = `mutation ($input: DelegationAcceptInput!) { delegationAccept(input: $input) {
  delegation { id status } userErrors { code rule } } }`;
const END = `mutation ($input: DelegationEndInput!) { delegationEnd(input: $input) {
  delegation { id status endedAt } userErrors { code rule } } }`;
const WALLETS_OPEN =
  'mutation ($input: InternalWalletsOpenInput!) { internalWalletsOpen(input: $input) { accountId } }';

type Sent = Partial<Omit<EventInput, 'occurredAt'>> & { trackerId: string; occurredAt?: string };

export type TrackersFixture = SubgraphFixture & {
  billing: SubgraphFixture;
  /** What trackers may call: billing is there; a test may take it away. */
  services: Services;
  /** Moves the installation's clock. */
  advance(ms: number): void;
  /** Sends an operation and expects an answer without errors: gives its data. */
  ask(query: string, variables: Record<string, unknown>, viewer: PersonViewer): Promise<Answer>;
  /** A new account with so many TRACKER credits, and its owner. */
  openAccount(credits?: 0 | 100): Promise<PersonViewer>;
  balanceOf(viewer: PersonViewer): Promise<number>;
  charges(): Promise<{ eventId: string; payerId: string }[]>;
  /** Makes the partnership, as accounts would, with the areas that the client grants. */
  attach(partner: PersonViewer, client: PersonViewer, areas?: string[]): Promise<void>;
  /** Ends it. */
  detach(partner: PersonViewer, client: PersonViewer): Promise<void>;
  makeTracker(owner: PersonViewer, of?: { kind?: TrackerKind; active?: boolean; name?: string }): Promise<string>;
  /** Sends events; what is not said of one is a scan now, with an id of its own. */
  record(viewer: PersonViewer, ...events: Sent[]): Promise<Answer>;
  offer(client: PersonViewer, partner: PersonViewer, trackerIds?: string[]): Promise<Answer>;
  accept(partner: PersonViewer, delegationId: string): Promise<Answer>;
  end(side: PersonViewer, delegationId: string): Promise<Answer>;
  /** Offered and accepted: gives the delegation's id. */
  takeOver(client: PersonViewer, partner: PersonViewer, trackerIds?: string[]): Promise<string>;
  /** What is stored, per event id, past every policy. */
  stored(): Promise<{ key: string; payer: string; id: string }[]>;
  intake(): Promise<{ key: string; attempt: number; refused: number }[]>;
};

export async function startTrackers(): Promise<TrackersFixture> {
  let ahead = 0;
  const clock: Clock = { now: () => new Date(Date.now() + ahead) };
  const services: Services = {};
  const bills = await startSubgraph(billing(await testConfig()), { clock });
  services.billing = bills.subgraph;
  const fixture = await startSubgraph(trackers, { services, clock });
  const { admin } = fixture;

  async function ask(query: string, variables: Record<string, unknown>, viewer: PersonViewer): Promise<Answer> {
    const { data, errors } = await fixture.execute(query, variables, viewer);
    expect(errors).toBeUndefined();
    return data;
  }
  const offer = async (client: PersonViewer, partner: PersonViewer, trackerIds?: string[]): Promise<Answer> => {
    const scope = trackerIds === undefined ? { scope: 'ALL' } : { scope: 'SELECTED', trackerIds };
    return (await ask(OFFER, { input: { partnerId: partner.accountId, ...scope } }, client)).delegationOffer;
  };
  const accept = async (partner: PersonViewer, delegationId: string): Promise<Answer> =>
    (await ask(ACCEPT, { input: { delegationId } }, partner)).delegationAccept;

  return {
    ...fixture,
    billing: bills,
    services,
    advance(ms) {
      ahead += ms;
    },
    ask,
    async openAccount(credits = 100) {
      const viewer = personViewer({ accountId: newId() });
      const input = { accountId: viewer.accountId, grant: credits === 100 };
      const { errors } = await bills.execute(WALLETS_OPEN, { input }, serviceViewer('identity'));
      expect(errors).toBeUndefined();
      return viewer;
    },
    async balanceOf({ accountId }) {
      const { rows } = await bills.admin.query('select balance::integer from wallet where account_id = $1', [
        accountId,
      ]);
      return rows[0].balance;
    },
    async charges() {
      const { rows } = await bills.admin.query('select event_id as "eventId", payer_id as "payerId" from charge');
      return rows;
    },
    async attach(partner, client, areas = []) {
      const opened = ['LINK:READ', ...areas.flatMap((area) => [`${area.split(':')[0]}:READ`, area])];
      for (const area of new Set(opened)) {
        await admin.query(
          `insert into access.reach values ($1, $2, split_part($3, ':', 1), split_part($3, ':', 2), tstzrange($4, null), $5)`,
          [partner.accountId, client.accountId, area, clock.now(), newId()],
        );
      }
    },
    async detach(partner, client) {
      await admin.query(
        `update access.reach set valid = tstzrange(lower(valid), $3) where holder = $1 and account = $2 and upper_inf(valid)`,
        [partner.accountId, client.accountId, clock.now()],
      );
    },
    async makeTracker(owner, { kind = 'QR_CODE', active = true, name = 'Door' } = {}) {
      const { trackerCreate } = await ask(CREATE, { input: { kind, name } }, owner);
      const { id } = trackerCreate.tracker;
      if (active) await ask(ACTIVATE, { input: { trackerIds: [id] } }, owner);
      return id;
    },
    async record(viewer, ...events) {
      const input = { events: events.map((event) => ({ eventId: newId(), kind: 'SCAN', ...event })) };
      return (await ask(RECORD, { input }, viewer)).eventsRecord;
    },
    offer,
    accept,
    async end(side, delegationId) {
      return (await ask(END, { input: { delegationId } }, side)).delegationEnd;
    },
    async takeOver(client, partner, trackerIds) {
      const { delegation } = await offer(client, partner, trackerIds);
      await accept(partner, delegation.id);
      return delegation.id;
    },
    async stored() {
      const { rows } = await admin.query(
        'select sender_key as key, payer_id as payer, id from event order by occurred_at, id',
      );
      return rows;
    },
    async intake() {
      const { rows } = await admin.query('select sender_key as key, attempt, refused from intake order by sender_key');
      return rows;
    },
    async stop() {
      await fixture.stop();
      await bills.stop();
    },
  };
}
