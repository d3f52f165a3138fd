import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { type LocalSubgraphs, openSubgraphs, type SubgraphsOptions } from '../installation/installation.ts';
import { readIfThere, writePrivate } from '../machine/files.ts';
import { withClient } from '../postgres/adminClient.ts';
import { must } from '../seed/execute.ts';
import { addOwners } from '../seed/owners.ts';
import { seedBilling } from './demoBilling.ts';

/** What a newcomer needs to look around. The password and the key are made for this installation and are no good in any other. */
export type Demo = {
  password: string;
  people: { who: string; email: string }[];
  key: { of: string; secret: string };
};

const STAFF = { who: 'staff of the provider', email: 'camille@comptoir.example' };
const PARTNER = { who: 'owner of the partner Agence Lumière', email: 'lou@agence-lumiere.example' };
const CLIENTS = [
  'Boulangerie Martin',
  'Clinique des Tilleuls',
  'Garage Ferrand',
  'Hôtel du Port',
  'Librairie Quai 12',
  'Mairie de Valbonne',
  'Musée des Ocres',
  'Piscine Olympie',
  'Pharmacie Centrale',
  'Restaurant Le Zinc',
  'Stade Jean-Moulin',
  'Théâtre du Nord',
] as const;
const emailOf = (name: string): string =>
  `contact@${name
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')}.example`;

/** Three days before now, so that a day of events that has passed finds the take-overs in place. */
const SEEDED_AGO_MS = 3 * 86_400_000;

export type SeedOptions = Omit<SubgraphsOptions, 'clock' | 'poolSize'> & {
  /** Where `demo.json` is kept, for the next start and for `npm run demo`. */
  home: string;
  tell: (sentence: string) => void;
};

/**
 * Fills an empty installation with a partner and its clients, once; afterwards only says how to get in. Null when the database holds
 * something else already. Not for production.
 */
export async function seedDemo(options: SeedOptions): Promise<Demo | null> {
  const { home, tell, databaseUrls } = options;
  const people = await countPeople(databaseUrls.identity.system);
  if (people > 0) {
    const kept = await readIfThere(demoFile(home));
    return kept === null ? null : (JSON.parse(kept) as Demo);
  }
  const subgraphs = await openSubgraphs({
    ...options,
    clock: { now: () => new Date(Date.now() - SEEDED_AGO_MS) },
    // Nobody waits for an answer here: rather late than not at all.
    poolSize: { request: 2, system: 2, waitMs: 30_000 },
  });
  try {
    const demo = await seed(subgraphs, databaseUrls.identity.system);
    await writePrivate(demoFile(home), `${JSON.stringify(demo, null, 2)}\n`);
    tell(`demo data is there: a partner with ${CLIENTS.length} clients, three of them with a plan that it pays`);
    return demo;
  } finally {
    await Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.stop()));
  }
}

export const demoFile = (home: string): string => join(home, 'demo.json');

const countPeople = (systemUrl: string): Promise<number> =>
  withClient(
    systemUrl,
    async (client) => (await client.query('select count(*)::int as people from app_user')).rows[0].people,
  );

async function seed(subgraphs: LocalSubgraphs, identityUrl: string): Promise<Demo> {
  const password = `demo-${randomBytes(6).toString('base64url')}`;
  const provider = await openAccount(subgraphs, 'Comptoir', 'PROVIDER');
  const agency = await openAccount(subgraphs, 'Agence Lumière', 'CLIENT');
  const clients = [];
  for (const name of CLIENTS) clients.push({ name, id: await openAccount(subgraphs, name, 'CLIENT') });

  const [staff, partner, ...owners] = (await addOwners(identityUrl, password, [
    { email: STAFF.email, displayName: 'Camille', accountId: provider, role: 'STAFF' },
    { email: PARTNER.email, displayName: 'Lou', accountId: agency, role: 'OWNER' },
    ...clients.map(({ name, id }) => ({
      email: emailOf(name),
      displayName: name,
      accountId: id,
      role: 'OWNER' as const,
    })),
  ])) as [PersonViewer, PersonViewer, ...PersonViewer[]];

  await must(subgraphs.accounts, CONVERT, { input: { accountId: agency } }, staff);
  await must(subgraphs.billing, GRANT, { input: grantOf(agency) }, staff);
  for (const [at, owner] of owners.entries()) await seedClient(subgraphs, partner, owner, at);

  await seedBilling(subgraphs, { staff, partner, clients: owners });

  const { secret } = await must<{ secret: string }>(subgraphs.identity, CREATE_KEY, { input: DEMO_KEY }, partner);
  return {
    password,
    people: [STAFF, PARTNER, { who: `owner of the client ${CLIENTS[0]}`, email: emailOf(CLIENTS[0]) }],
    key: { of: 'Agence Lumière', secret },
  };
}

async function openAccount(
  { accounts, billing }: LocalSubgraphs,
  name: string,
  kind: 'PROVIDER' | 'CLIENT',
): Promise<string> {
  const id = newId();
  const identity = { kind: 'SERVICE', service: 'identity', requestId: newId(), address: null } as const;
  await must(accounts, OPEN_ACCOUNT, { input: { id, name, kind } }, identity);
  await must(billing, OPEN_WALLETS, { input: { accountId: id, grant: kind === 'CLIENT' } }, identity);
  return id;
}

/** One client with twelve trackers; the partner manages it, and has taken over the trackers of every second one. */
async function seedClient(
  { accounts, trackers }: LocalSubgraphs,
  partner: PersonViewer,
  owner: PersonViewer,
  at: number,
): Promise<void> {
  const areas = [
    { area: 'TRACKERS', verb: 'WRITE' },
    { area: 'BILLING', verb: 'WRITE' },
  ];
  const requested = await must<Payload<'partnership'>>(
    accounts,
    REQUEST,
    { input: { clientId: owner.accountId, areas } },
    partner,
  );
  await must(accounts, ACCEPT, { input: { partnershipId: requested.partnership.id } }, owner);

  const ids: string[] = [];
  for (const [kind, name, copies] of [
    ['QR_CODE', 'Accueil', 7],
    ['SECURE_KEY', 'Ronde', 1],
    ['BUTTON', 'Satisfaction', 1],
  ] as const) {
    const created = await must<Payload<'tracker'>>(trackers, CREATE, { input: { kind, name } }, owner);
    const copied = await must<{ trackers: { id: string }[] }>(
      trackers,
      DUPLICATE,
      { input: { trackerId: created.tracker.id, copies } },
      owner,
    );
    ids.push(created.tracker.id, ...copied.trackers.map(({ id }) => id));
  }
  // One copy of a QR code and one of a button stay inactive: scanning them costs nothing and says so.
  const inactive = [ids[7], ids[11]];
  const trackerIds = ids.filter((id) => !inactive.includes(id));
  await must(trackers, ACTIVATE, { input: { trackerIds } }, owner);
  if (at % 2 === 1) return;
  const offered = await must<Payload<'delegation'>>(
    trackers,
    OFFER,
    { input: { partnerId: partner.accountId, scope: 'ALL' } },
    owner,
  );
  await must(trackers, TAKE_OVER, { input: { delegationId: offered.delegation.id } }, partner);
}

type Payload<Field extends string> = Record<Field, { id: string }>;

const grantOf = (accountId: string) => ({
  accountId,
  kind: 'TRACKER',
  credits: 1_500,
  reason: 'TEST',
  idempotencyKey: 'demo-grant',
});
const DEMO_KEY = {
  name: 'Demo key',
  areas: [
    { area: 'TRACKERS', verb: 'WRITE' },
    { area: 'BILLING', verb: 'READ' },
    { area: 'PROVISIONING', verb: 'READ' },
  ],
};

const OPEN_ACCOUNT =
  'mutation ($input: InternalAccountOpenInput!) { internalAccountOpen(input: $input) { accountId } }';
const OPEN_WALLETS =
  'mutation ($input: InternalWalletsOpenInput!) { internalWalletsOpen(input: $input) { accountId } }';
const CONVERT =
  'mutation ($input: AccountConvertToPartnerInput!) { accountConvertToPartner(input: $input) { userErrors { message } } }';
const GRANT = 'mutation ($input: CreditsGrantInput!) { creditsGrant(input: $input) { userErrors { message } } }';
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
const CREATE_KEY =
  'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret userErrors { message } } }';
