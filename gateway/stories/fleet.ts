import { must } from '@comptoir/launch/seed/execute.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';

type Made<Field extends string> = Record<Field, { id: string }>;

/** Opens an account with its wallet, past sign-up and mail. */
export async function openAccount({ subgraphs }: TestInstallation, name: string): Promise<string> {
  const id = newId();
  const identity = serviceViewer('identity');
  await must(
    subgraphs.accounts,
    'mutation ($input: InternalAccountOpenInput!) { internalAccountOpen(input: $input) { accountId } }',
    { input: { id, name, kind: 'CLIENT' } },
    identity,
  );
  await must(
    subgraphs.billing,
    'mutation ($input: InternalWalletsOpenInput!) { internalWalletsOpen(input: $input) { accountId } }',
    { input: { accountId: id, grant: true } },
    identity,
  );
  return id;
}

/** Makes the account a partner, as staff would. */
export async function convertToPartner({ subgraphs }: TestInstallation, accountId: string): Promise<void> {
  await must(
    subgraphs.accounts,
    'mutation ($input: AccountConvertToPartnerInput!) { accountConvertToPartner(input: $input) { userErrors { message } } }',
    { input: { accountId } },
    staffViewer(),
  );
}

/** Attaches a client to a partner with these areas, asked and granted. */
export async function attach(
  { subgraphs }: TestInstallation,
  partner: PersonViewer,
  client: PersonViewer,
  areas: { area: string; verb: string }[],
): Promise<void> {
  const asked = await must<Made<'partnership'>>(
    subgraphs.accounts,
    'mutation ($input: PartnershipRequestInput!) { partnershipRequest(input: $input) { partnership { id } userErrors { message } } }',
    { input: { clientId: client.accountId, areas } },
    partner,
  );
  await must(
    subgraphs.accounts,
    'mutation ($input: PartnershipAcceptInput!) { partnershipAccept(input: $input) { userErrors { message } } }',
    { input: { partnershipId: asked.partnership.id } },
    client,
  );
}

/** A client of the partner with that many active trackers, every one taken over and scanned once. */
export async function addClient(
  installation: TestInstallation,
  partner: PersonViewer,
  name: string,
  trackers: number,
): Promise<{ viewer: PersonViewer; trackerIds: string[] }> {
  const viewer = personViewer({ accountId: await openAccount(installation, name) });
  const { trackers: subgraph } = installation.subgraphs;
  await attach(installation, partner, viewer, [
    { area: 'TRACKERS', verb: 'READ' },
    { area: 'BILLING', verb: 'READ' },
  ]);
  const first = await must<Made<'tracker'>>(
    subgraph,
    'mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id } userErrors { message } } }',
    { input: { kind: 'QR_CODE', name } },
    viewer,
  );
  const copied = await must<{ trackers: { id: string }[] }>(
    subgraph,
    'mutation ($input: TrackerDuplicateInput!) { trackerDuplicate(input: $input) { trackers { id } userErrors { message } } }',
    { input: { trackerId: first.tracker.id, copies: trackers - 1 } },
    viewer,
  );
  const trackerIds = [first.tracker.id, ...copied.trackers.map(({ id }) => id)];
  await must(
    subgraph,
    'mutation ($input: TrackersActivateInput!) { trackersActivate(input: $input) { userErrors { message } } }',
    { input: { trackerIds } },
    viewer,
  );
  const offered = await must<Made<'delegation'>>(
    subgraph,
    'mutation ($input: DelegationOfferInput!) { delegationOffer(input: $input) { delegation { id } userErrors { message } } }',
    { input: { partnerId: partner.accountId, scope: 'ALL' } },
    viewer,
  );
  // Scanned while the client still pays: its 100 credits suffice, the partner's would not for many clients.
  const events = trackerIds.map((trackerId, at) => ({ eventId: `first ${at}`, trackerId, kind: 'SCAN' }));
  await must(
    subgraph,
    'mutation ($input: EventsRecordInput!) { eventsRecord(input: $input) { userErrors { message } } }',
    { input: { events } },
    viewer,
  );
  await must(
    subgraph,
    'mutation ($input: DelegationAcceptInput!) { delegationAccept(input: $input) { userErrors { message } } }',
    { input: { delegationId: offered.delegation.id } },
    partner,
  );
  return { viewer, trackerIds };
}
