import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { LocalSubgraphs } from '../installation/installation.ts';
import { must } from './execute.ts';
import { addOwners } from './owners.ts';

/** An account with the one person who may do everything in it. */
export type AccountPlan = { name: string; email: string; displayName: string };

/** A resource group of the API, as keys and partnerships name it. */
export type Grant = { area: string; verb: 'READ' | 'WRITE' };

export type TrackerPlan = { kind: string; name: string; count: number };

export type ClientPlan = AccountPlan & {
  /** TRACKER credits besides the 100 of a sign-up. */
  credits?: number;
  /** What the partner may do here; left out, the client has no partner. */
  areas?: readonly Grant[];
  trackers?: readonly TrackerPlan[];
  /** Trackers that stay inactive, by their place among all of the client's. */
  inactive?: readonly number[];
  /** Trackers that the partner takes over, likewise; or all that there are. */
  takenOver?: 'ALL' | readonly number[];
};

export type FleetPlan = {
  /** The password of everybody. */
  password: string;
  /** Its person is staff. */
  provider: AccountPlan;
  partner: AccountPlan & { credits?: number };
  clients: readonly ClientPlan[];
};

export type Fleet = {
  staff: PersonViewer;
  partner: PersonViewer;
  /** In the order of the plan. */
  clients: { owner: PersonViewer; trackerIds: string[] }[];
};

/**
 * Fills an empty installation with a partner and clients, by the same operations that people use: accounts are opened
 * as a sign-up does, credits are granted by staff, the partner asks and the client accepts. Only people come past
 * sign-up and mail (`owners.ts`).
 */
export async function seedFleet(subgraphs: LocalSubgraphs, identityUrl: string, plan: FleetPlan): Promise<Fleet> {
  const { password, provider, partner: agency, clients } = plan;
  const accounts = [provider, agency, ...clients];
  const ids: string[] = [];
  for (const account of accounts) ids.push(await openAccount(subgraphs, account.name, account === provider));
  const [staff, partner, ...owners] = (await addOwners(
    identityUrl,
    password,
    accounts.map(({ email, displayName }, at) => ({
      email,
      displayName,
      accountId: ids[at] as string,
      role: at === 0 ? ('STAFF' as const) : ('OWNER' as const),
    })),
  )) as [PersonViewer, PersonViewer, ...PersonViewer[]];

  await convertToPartner(subgraphs, staff, partner.accountId);
  await grant(subgraphs, staff, partner, agency.credits);
  const seeded: Fleet['clients'] = [];
  for (const [at, client] of clients.entries()) {
    const owner = owners[at] as PersonViewer;
    await grant(subgraphs, staff, owner, client.credits);
    if (client.areas !== undefined) await attach(subgraphs, partner, owner, client.areas);
    const trackerIds = await makeTrackers(subgraphs, owner, client);
    await takeOver(subgraphs, partner, owner, client.takenOver, trackerIds);
    seeded.push({ owner, trackerIds });
  }
  return { staff, partner, clients: seeded };
}

/** Returns the secret of a new API key of the person's account. */
export async function createKey(
  { identity }: LocalSubgraphs,
  person: PersonViewer,
  key: { name: string; areas: readonly Grant[] },
): Promise<string> {
  return (await must<{ secret: string }>(identity, CREATE_KEY, { input: key }, person)).secret;
}

/** Opens an account with its wallets, past sign-up and mail. Returns its id. */
export async function openAccount(
  { accounts, billing }: LocalSubgraphs,
  name: string,
  isProvider = false,
): Promise<string> {
  const id = newId();
  const identity = { kind: 'SERVICE', service: 'identity', requestId: newId(), address: null } as const;
  await must(accounts, OPEN_ACCOUNT, { input: { id, name, kind: isProvider ? 'PROVIDER' : 'CLIENT' } }, identity);
  await must(billing, OPEN_WALLETS, { input: { accountId: id, grant: !isProvider } }, identity);
  return id;
}

/** Makes an account a partner, as staff do. */
export async function convertToPartner(
  { accounts }: LocalSubgraphs,
  staff: PersonViewer,
  accountId: string,
): Promise<void> {
  await must(accounts, CONVERT, { input: { accountId } }, staff);
}

async function grant(
  { billing }: LocalSubgraphs,
  staff: PersonViewer,
  { accountId }: PersonViewer,
  credits = 0,
): Promise<void> {
  if (credits === 0) return;
  const input = { accountId, kind: 'TRACKER', credits, reason: 'TEST', idempotencyKey: `seed ${accountId}` };
  await must(billing, GRANT, { input }, staff);
}

/** Attaches a client to a partner with these areas, asked and granted. */
export async function attach(
  { accounts }: LocalSubgraphs,
  partner: PersonViewer,
  owner: PersonViewer,
  areas: readonly Grant[],
): Promise<void> {
  const input = { clientId: owner.accountId, areas };
  const { partnership } = await must<Payload<'partnership'>>(accounts, REQUEST, { input }, partner);
  await must(accounts, ACCEPT, { input: { partnershipId: partnership.id } }, owner);
}

/** Makes the client's trackers, each kind by copies of its first, and activates all but those that stay inactive. */
export async function makeTrackers(
  { trackers }: LocalSubgraphs,
  owner: PersonViewer,
  { trackers: wanted = [], inactive = [] }: Pick<ClientPlan, 'trackers' | 'inactive'>,
): Promise<string[]> {
  const ids: string[] = [];
  for (const { kind, name, count } of wanted) {
    const { tracker } = await must<Payload<'tracker'>>(trackers, CREATE, { input: { kind, name } }, owner);
    ids.push(tracker.id);
    if (count === 1) continue;
    const input = { trackerId: tracker.id, copies: count - 1 };
    const copied = await must<{ trackers: { id: string }[] }>(trackers, DUPLICATE, { input }, owner);
    ids.push(...copied.trackers.map(({ id }) => id));
  }
  const trackerIds = ids.filter((_id, at) => !inactive.includes(at));
  if (trackerIds.length > 0) await must(trackers, ACTIVATE, { input: { trackerIds } }, owner);
  return ids;
}

/** Hands trackers of the client over to the partner: offered and accepted. */
export async function takeOver(
  { trackers }: LocalSubgraphs,
  partner: PersonViewer,
  owner: PersonViewer,
  taken: ClientPlan['takenOver'],
  trackerIds: readonly string[],
): Promise<void> {
  if (taken === undefined) return;
  const input = {
    partnerId: partner.accountId,
    ...(taken === 'ALL' ? { scope: 'ALL' } : { scope: 'SELECTED', trackerIds: taken.map((at) => trackerIds[at]) }),
  };
  const { delegation } = await must<Payload<'delegation'>>(trackers, OFFER, { input }, owner);
  await must(trackers, TAKE_OVER, { input: { delegationId: delegation.id } }, partner);
}

type Payload<Field extends string> = Record<Field, { id: string }>;

const OPEN_ACCOUNT =
  'mutation ($input: InternalAccountOpenInput!) { internalAccountOpen(input: $input) { accountId } }';
const OPEN_WALLETS =
  'mutation ($input: InternalWalletsOpenInput!) { internalWalletsOpen(input: $input) { accountId } }';

/** A mutation that answers what is asked for, and in words why not. */
const mutation = (field: string, asked = ''): string =>
  `mutation ($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { ${asked} userErrors { message } } }`;
const CONVERT = mutation('accountConvertToPartner');
const GRANT = mutation('creditsGrant');
const REQUEST = mutation('partnershipRequest', 'partnership { id }');
const ACCEPT = mutation('partnershipAccept');
const CREATE = mutation('trackerCreate', 'tracker { id }');
const DUPLICATE = mutation('trackerDuplicate', 'trackers { id }');
const ACTIVATE = mutation('trackersActivate');
const OFFER = mutation('delegationOffer', 'delegation { id }');
const TAKE_OVER = mutation('delegationAccept');
const CREATE_KEY = mutation('apiKeyCreate', 'secret');
