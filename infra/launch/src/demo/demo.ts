import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { LocalSubgraphs, SubgraphsOptions } from '../installation/installation.ts';
import { readIfThere, writePrivate } from '../machine/files.ts';
import { withClient } from '../postgres/adminClient.ts';
import { type ClientPlan, createKey, seedFleet } from '../seed/fleet.ts';
import { withSubgraphs } from '../seed/withSubgraphs.ts';
import { seedBilling } from './demoBilling.ts';

/**
 * What a newcomer needs to look around. The password and the key are made for this installation and are no good in any
 * other.
 */
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
 * Fills an empty installation with a partner and its clients, once; afterwards only says how to get in. Null when the
 * database holds something else already. Not for production.
 */
export async function seedDemo(options: SeedOptions): Promise<Demo | null> {
  const { home, tell, databaseUrls } = options;
  const people = await countPeople(databaseUrls.identity.system);
  if (people > 0) {
    const kept = await readIfThere(demoFile(home));
    return kept === null ? null : (JSON.parse(kept) as Demo);
  }
  const threeDaysAgo = { now: () => new Date(Date.now() - SEEDED_AGO_MS) };
  const demo = await withSubgraphs({ ...options, clock: threeDaysAgo }, (subgraphs) =>
    seed(subgraphs, databaseUrls.identity.system),
  );
  await writePrivate(demoFile(home), `${JSON.stringify(demo, null, 2)}\n`);
  tell(`demo data is there: a partner with ${CLIENTS.length} clients, three of them with a plan that it pays`);
  return demo;
}

export const demoFile = (home: string): string => join(home, 'demo.json');

const countPeople = (systemUrl: string): Promise<number> =>
  withClient(
    systemUrl,
    async (client) => (await client.query('select count(*)::int as people from app_user')).rows[0].people,
  );

async function seed(subgraphs: LocalSubgraphs, identityUrl: string): Promise<Demo> {
  const password = `demo-${randomBytes(6).toString('base64url')}`;
  const { staff, partner, clients } = await seedFleet(subgraphs, identityUrl, {
    password,
    provider: { name: 'Comptoir', email: STAFF.email, displayName: 'Camille' },
    partner: { name: 'Agence Lumière', email: PARTNER.email, displayName: 'Lou', credits: 1_500 },
    clients: CLIENTS.map(clientPlan),
  });
  await seedBilling(subgraphs, { staff, partner, clients: clients.map(({ owner }) => owner) });
  const secret = await createKey(subgraphs, partner, DEMO_KEY);
  return {
    password,
    people: [STAFF, PARTNER, { who: `owner of the client ${CLIENTS[0]}`, email: emailOf(CLIENTS[0]) }],
    key: { of: 'Agence Lumière', secret },
  };
}

/** One client with twelve trackers; the partner manages it, and has taken over the trackers of every second one. */
const clientPlan = (name: string, at: number): ClientPlan => ({
  name,
  email: emailOf(name),
  displayName: name,
  areas: [
    { area: 'TRACKERS', verb: 'WRITE' },
    { area: 'BILLING', verb: 'WRITE' },
  ],
  trackers: [
    { kind: 'QR_CODE', name: 'Accueil', count: 8 },
    { kind: 'SECURE_KEY', name: 'Ronde', count: 2 },
    { kind: 'BUTTON', name: 'Satisfaction', count: 2 },
  ],
  // One copy of a QR code and one of a button stay inactive: scanning them costs nothing and says so.
  inactive: [7, 11],
  ...(at % 2 === 0 ? { takenOver: 'ALL' } : {}),
});

const DEMO_KEY = {
  name: 'Demo key',
  areas: [
    { area: 'TRACKERS', verb: 'WRITE' },
    { area: 'BILLING', verb: 'READ' },
    { area: 'PROVISIONING', verb: 'READ' },
  ],
} as const;
