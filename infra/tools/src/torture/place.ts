import { randomBytes } from 'node:crypto';
import type { LocalSubgraphs } from '@comptoir/launch/installation/installation.ts';
import { must } from '@comptoir/launch/seed/execute.ts';
import { addOwners } from '@comptoir/launch/seed/owners.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';

/** An account that scans, with its active trackers and an API key that may write events and step through take-overs. */
export type Client = { accountId: string; key: string; trackerIds: string[] };

/** Who is there when a torture begins: a partner that has taken over some trackers of its first client, and clients that pay themselves. */
export type Place = { partner: { accountId: string; key: string }; clients: Client[]; staffKey: string };

export type PlaceOptions = {
  /** Trackers of each client. */
  trackers: number;
  /** Credits of the partner, then of each client, besides the 100 of a sign-up. Their number decides how many clients there are. */
  credits: [partner: number, ...clients: number[]];
};

/** Fills an empty installation by the same operations that people use. */
export async function seedPlace(subgraphs: LocalSubgraphs, identityUrl: string, options: PlaceOptions): Promise<Place> {
  const [partnerCredits, ...clientCredits] = options.credits;
  const provider = await openAccount(subgraphs, 'Provider', 'PROVIDER');
  const partnerId = await openAccount(subgraphs, 'Partner', 'CLIENT');
  const clientIds: string[] = [];
  for (const at of clientCredits.keys()) clientIds.push(await openAccount(subgraphs, `Client ${at}`, 'CLIENT'));

  const ownerOf = (accountId: string) => ({ email: `${accountId}@torture.example`, displayName: 'Owner', accountId });
  const [staff, partner, ...owners] = (await addOwners(identityUrl, randomBytes(12).toString('hex'), [
    { ...ownerOf(provider), role: 'STAFF' },
    { ...ownerOf(partnerId), role: 'OWNER' },
    ...clientIds.map((id) => ({ ...ownerOf(id), role: 'OWNER' as const })),
  ])) as [PersonViewer, PersonViewer, ...PersonViewer[]];
  await must(subgraphs.accounts, CONVERT, { input: { accountId: partnerId } }, staff);
  await grant(subgraphs, staff, partnerId, partnerCredits);

  const clients: Client[] = [];
  for (const [at, owner] of owners.entries()) {
    await grant(subgraphs, staff, owner.accountId, clientCredits[at] as number);
    const trackerIds = await makeTrackers(subgraphs, owner, options.trackers);
    clients.push({ accountId: owner.accountId, key: await makeKey(subgraphs, owner), trackerIds });
  }
  const [first] = owners;
  if (first !== undefined) await attach(subgraphs, partner, first);
  return {
    partner: { accountId: partnerId, key: await makeKey(subgraphs, partner) },
    clients,
    staffKey: await makeKey(subgraphs, staff),
  };
}

async function openAccount(subgraphs: LocalSubgraphs, name: string, kind: 'PROVIDER' | 'CLIENT'): Promise<string> {
  const id = newId();
  const identity = { kind: 'SERVICE', service: 'identity', requestId: newId(), address: null } as const;
  await must(subgraphs.accounts, OPEN_ACCOUNT, { input: { id, name, kind } }, identity);
  await must(subgraphs.billing, OPEN_WALLETS, { input: { accountId: id, grant: kind === 'CLIENT' } }, identity);
  return id;
}

async function grant(
  { billing }: LocalSubgraphs,
  staff: PersonViewer,
  accountId: string,
  credits: number,
): Promise<void> {
  if (credits === 0) return;
  const input = { accountId, kind: 'TRACKER', credits, reason: 'TEST', idempotencyKey: `seed ${accountId}` };
  await must(billing, GRANT, { input }, staff);
}

async function makeTrackers({ trackers }: LocalSubgraphs, owner: PersonViewer, wanted: number): Promise<string[]> {
  type Made = { tracker: { id: string } };
  const { tracker } = await must<Made>(trackers, CREATE, { input: { kind: 'QR_CODE', name: 'Door' } }, owner);
  const ids = [tracker.id];
  if (wanted > 1) {
    const input = { trackerId: tracker.id, copies: wanted - 1 };
    const copied = await must<{ trackers: { id: string }[] }>(trackers, DUPLICATE, { input }, owner);
    ids.push(...copied.trackers.map(({ id }) => id));
  }
  await must(trackers, ACTIVATE, { input: { trackerIds: ids } }, owner);
  return ids;
}

async function makeKey({ identity }: LocalSubgraphs, viewer: PersonViewer): Promise<string> {
  const areas = ['TRACKERS', 'BILLING', 'PROVISIONING'].map((area) => ({ area, verb: 'WRITE' }));
  const input = { name: 'Torture', areas };
  return (await must<{ secret: string }>(identity, CREATE_KEY, { input }, viewer)).secret;
}

async function attach({ accounts }: LocalSubgraphs, partner: PersonViewer, owner: PersonViewer): Promise<void> {
  const areas = [{ area: 'TRACKERS', verb: 'WRITE' }];
  type Requested = { partnership: { id: string } };
  const input = { clientId: owner.accountId, areas };
  const { partnership } = await must<Requested>(accounts, REQUEST, { input }, partner);
  await must(accounts, ACCEPT, { input: { partnershipId: partnership.id } }, owner);
}

const OPEN_ACCOUNT =
  'mutation ($input: InternalAccountOpenInput!) { internalAccountOpen(input: $input) { accountId } }';
const OPEN_WALLETS =
  'mutation ($input: InternalWalletsOpenInput!) { internalWalletsOpen(input: $input) { accountId } }';
const CONVERT =
  'mutation ($input: AccountConvertToPartnerInput!) { accountConvertToPartner(input: $input) { userErrors { message } } }';
const GRANT = 'mutation ($input: CreditsGrantInput!) { creditsGrant(input: $input) { userErrors { message } } }';
const CREATE =
  'mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id } userErrors { message } } }';
const DUPLICATE =
  'mutation ($input: TrackerDuplicateInput!) { trackerDuplicate(input: $input) { trackers { id } userErrors { message } } }';
const ACTIVATE =
  'mutation ($input: TrackersActivateInput!) { trackersActivate(input: $input) { userErrors { message } } }';
const CREATE_KEY =
  'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret userErrors { message } } }';
const REQUEST =
  'mutation ($input: PartnershipRequestInput!) { partnershipRequest(input: $input) { partnership { id } userErrors { message } } }';
const ACCEPT =
  'mutation ($input: PartnershipAcceptInput!) { partnershipAccept(input: $input) { userErrors { message } } }';
