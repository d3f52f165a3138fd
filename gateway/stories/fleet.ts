import { must } from '@comptoir/launch/seed/execute.ts';
import * as seed from '@comptoir/launch/seed/fleet.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';

/** Opens an account with its wallet, past sign-up and mail. */
export const openAccount = ({ subgraphs }: TestInstallation, name: string): Promise<string> =>
  seed.openAccount(subgraphs, name);

/** Makes the account a partner, as staff would. */
export const convertToPartner = ({ subgraphs }: TestInstallation, accountId: string): Promise<void> =>
  seed.convertToPartner(subgraphs, staffViewer(), accountId);

/** Attaches a client to a partner with these areas, asked and granted. */
export const attach = (
  { subgraphs }: TestInstallation,
  partner: PersonViewer,
  client: PersonViewer,
  areas: readonly seed.Grant[],
): Promise<void> => seed.attach(subgraphs, partner, client, areas);

const RECORD = 'mutation ($input: EventsRecordInput!) { eventsRecord(input: $input) { userErrors { message } } }';

/** A client of the partner with that many active trackers, every one scanned once and then taken over. */
export async function addClient(
  installation: TestInstallation,
  partner: PersonViewer,
  name: string,
  count: number,
): Promise<{ viewer: PersonViewer; trackerIds: string[] }> {
  const { subgraphs } = installation;
  const viewer = personViewer({ accountId: await openAccount(installation, name) });
  await attach(installation, partner, viewer, [
    { area: 'TRACKERS', verb: 'READ' },
    { area: 'BILLING', verb: 'READ' },
  ]);
  const trackerIds = await seed.makeTrackers(subgraphs, viewer, { trackers: [{ kind: 'QR_CODE', name, count }] });
  // Scanned while the client still pays: its 100 credits suffice, the partner's would not for many clients.
  const events = trackerIds.map((trackerId, at) => ({ eventId: `first ${at}`, trackerId, kind: 'SCAN' }));
  await must(subgraphs.trackers, RECORD, { input: { events } }, viewer);
  await seed.takeOver(subgraphs, partner, viewer, 'ALL', trackerIds);
  return { viewer, trackerIds };
}
