import { LedgerEntryTable, LedgerTransactionTable } from '@comptoir/billing/books/ledger/ledgerTables.ts';
import { post } from '@comptoir/billing/books/ledger/post.ts';
import { LotTable, WalletTable } from '@comptoir/billing/books/wallets/creditTables.ts';
import { grantCredits } from '@comptoir/billing/books/wallets/grant.ts';
import { lockWallets } from '@comptoir/billing/books/wallets/walletStore.ts';
import type { LocalSubgraphs } from '@comptoir/launch/installation/installation.ts';
import { must } from '@comptoir/launch/seed/execute.ts';
import { addOwners } from '@comptoir/launch/seed/owners.ts';
import { openDatabase } from '@comptoir/shared/database/database.ts';
import { inTransaction } from '@comptoir/shared/database/transaction.ts';
import type { Log } from '@comptoir/shared/process/log.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer, ServiceViewer } from '@comptoir/shared/viewer/viewer.ts';

/** Who and what the bench asks for. */
export type World = {
  partnerId: string;
  clientIds: string[];
  /** API key of the partner: reads its clients, writes events of all their trackers. */
  partnerKey: string;
  /** Active trackers whose owner pays, one per client and turn: events on them are spread over as many wallets as there are clients. */
  ownTrackerIds: string[];
  /** Active trackers that the partner has taken over: events on them all cost the one wallet of the partner. */
  hotTrackerIds: string[];
  /** An account with a key of its own, for a list of 100,000 trackers. */
  largeAccountId: string;
  largeKey: string;
};

export const CLIENTS = 50;
const TRACKERS_EACH = 20;
/** Enough for hours of charging. */
const CREDITS = 500_000_000n;

/**
 * A partner with 50 clients of 20 active trackers, every second tracker taken over by the partner, one event on each: through the same operations
 * that people use. Only people and credits come past sign-up and mail, by the functions that those operations end in.
 */
export async function seedWorld(
  subgraphs: LocalSubgraphs,
  systemUrls: { identity: string; billing: string },
  log: Log,
): Promise<World> {
  const names = Array.from({ length: CLIENTS }, (_, at) => `Client ${String(at + 1).padStart(2, '0')}`);
  const [providerId, partnerId, largeAccountId] = [newId(), newId(), newId()];
  const clientIds = names.map(() => newId());
  const open: [id: string, name: string, kind: string][] = [
    [providerId, 'Provider', 'PROVIDER'],
    [partnerId, 'Agence Lumière', 'CLIENT'],
    [largeAccountId, 'Grande Enseigne', 'CLIENT'],
    ...clientIds.map((id, at): [string, string, string] => [id, names[at] as string, 'CLIENT']),
  ];
  for (const [id, name, kind] of open) await openAccount(subgraphs, id, name, kind);
  await grantCreditsTo(systemUrls.billing, [...clientIds, partnerId], log);

  const [staff, partner, large, ...owners] = (await addOwners(
    systemUrls.identity,
    `bench-${newId()}`,
    open.map(([accountId, displayName, kind], at) => ({
      email: `person-${at}@bench.example`,
      displayName,
      accountId,
      role: kind === 'PROVIDER' ? ('STAFF' as const) : ('OWNER' as const),
    })),
  )) as [PersonViewer, PersonViewer, PersonViewer, ...PersonViewer[]];
  await must(subgraphs.accounts, CONVERT, { input: { accountId: partner.accountId } }, staff);

  const fleets: Fleet[] = [];
  for (const owner of owners) fleets.push(await seedClient(subgraphs, partner, owner));
  // By turns, so that events that follow each other cost different wallets.
  const turns = (fleet: keyof Fleet): string[] =>
    Array.from({ length: TRACKERS_EACH / 2 }, (_, turn) => fleets.map((one) => one[fleet][turn] as string)).flat();
  return {
    partnerId: partner.accountId,
    clientIds,
    partnerKey: await createKey(subgraphs, partner),
    ownTrackerIds: turns('own'),
    hotTrackerIds: turns('taken'),
    largeAccountId: large.accountId,
    largeKey: await createKey(subgraphs, large),
  };
}

type Fleet = { own: string[]; taken: string[] };

async function openAccount(
  { accounts, billing }: LocalSubgraphs,
  id: string,
  name: string,
  kind: string,
): Promise<void> {
  const identity: ServiceViewer = { kind: 'SERVICE', service: 'identity', requestId: newId(), address: null };
  await must(accounts, OPEN_ACCOUNT, { input: { id, name, kind } }, identity);
  await must(billing, OPEN_WALLETS, { input: { accountId: id, grant: kind === 'CLIENT' } }, identity);
}

async function grantCreditsTo(billingUrl: string, accountIds: string[], log: Log): Promise<void> {
  const entities = [WalletTable, LotTable, LedgerTransactionTable, LedgerEntryTable];
  const database = await openDatabase({ url: billingUrl, name: 'bench seed', entities, poolSize: 1, log });
  const viewer: ServiceViewer = { kind: 'SERVICE', service: 'billing', requestId: newId(), address: null };
  const now = new Date();
  try {
    await inTransaction(database, { viewer, now }, async (tx) => {
      for (const wallet of await lockWallets(tx, accountIds, 'TRACKER')) {
        await post(
          tx,
          grantCredits({ ...wallet, kind: 'TRACKER' }, CREDITS, { reference: `bench:${wallet.id}` }).posting,
          now,
        );
      }
    });
  } finally {
    await database.destroy();
  }
}

async function seedClient(
  { accounts, trackers }: LocalSubgraphs,
  partner: PersonViewer,
  owner: PersonViewer,
): Promise<Fleet> {
  type Ids<Field extends string> = Record<Field, { id: string }>;
  const areas = [
    { area: 'TRACKERS', verb: 'WRITE' },
    { area: 'BILLING', verb: 'READ' },
  ];
  const asked = await must<Ids<'partnership'>>(
    accounts,
    REQUEST,
    { input: { clientId: owner.accountId, areas } },
    partner,
  );
  await must(accounts, ACCEPT, { input: { partnershipId: asked.partnership.id } }, owner);

  const created = await must<Ids<'tracker'>>(trackers, CREATE, { input: { kind: 'QR_CODE', name: 'Accueil' } }, owner);
  const copied = await must<{ trackers: { id: string }[] }>(
    trackers,
    DUPLICATE,
    { input: { trackerId: created.tracker.id, copies: TRACKERS_EACH - 1 } },
    owner,
  );
  const trackerIds = [created.tracker.id, ...copied.trackers.map(({ id }) => id)];
  await must(trackers, ACTIVATE, { input: { trackerIds } }, owner);
  const taken = trackerIds.filter((_, at) => at % 2 === 1);
  const offer = { partnerId: partner.accountId, scope: 'SELECTED', trackerIds: taken };
  const offered = await must<Ids<'delegation'>>(trackers, OFFER, { input: offer }, owner);
  await must(trackers, TAKE_OVER, { input: { delegationId: offered.delegation.id } }, partner);

  const events = trackerIds.map((trackerId) => ({ eventId: `first ${trackerId}`, trackerId, kind: 'SCAN' }));
  const { accepted } = await must<{ accepted: number }>(trackers, RECORD, { input: { events } }, owner);
  if (accepted !== events.length) throw new Error(`Of ${events.length} first events ${accepted} were accepted.`);
  return { own: trackerIds.filter((_, at) => at % 2 === 0), taken };
}

async function createKey({ identity }: LocalSubgraphs, person: PersonViewer): Promise<string> {
  const areas = [
    { area: 'TRACKERS', verb: 'WRITE' },
    { area: 'BILLING', verb: 'READ' },
    { area: 'PROVISIONING', verb: 'READ' },
  ];
  return (await must<{ secret: string }>(identity, CREATE_KEY, { input: { name: 'Bench', areas } }, person)).secret;
}

const OPEN_ACCOUNT =
  'mutation ($input: InternalAccountOpenInput!) { internalAccountOpen(input: $input) { accountId } }';
const OPEN_WALLETS =
  'mutation ($input: InternalWalletsOpenInput!) { internalWalletsOpen(input: $input) { accountId } }';
const CONVERT =
  'mutation ($input: AccountConvertToPartnerInput!) { accountConvertToPartner(input: $input) { userErrors { message } } }';
const REQUEST =
  'mutation ($input: PartnershipRequestInput!) { partnershipRequest(input: $input) { partnership { id } userErrors { message } } }';
const ACCEPT =
  'mutation ($input: PartnershipAcceptInput!) { partnershipAccept(input: $input) { userErrors { message } } }';
const CREATE =
  'mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id } userErrors { message } } }';
const DUPLICATE =
  'mutation ($input: TrackerDuplicateInput!) { trackerDuplicate(input: $input) { trackers { id } userErrors { message } } }';
const ACTIVATE =
  'mutation ($input: TrackersActivateInput!) { trackersActivate(input: $input) { userErrors { message } } }';
const OFFER =
  'mutation ($input: DelegationOfferInput!) { delegationOffer(input: $input) { delegation { id } userErrors { message } } }';
const TAKE_OVER =
  'mutation ($input: DelegationAcceptInput!) { delegationAccept(input: $input) { userErrors { message } } }';
const RECORD =
  'mutation ($input: EventsRecordInput!) { eventsRecord(input: $input) { accepted userErrors { message } } }';
const CREATE_KEY =
  'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret userErrors { message } } }';
