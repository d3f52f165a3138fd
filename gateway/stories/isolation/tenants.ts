import { must } from '@comptoir/launch/seed/execute.ts';
import { addOwners } from '@comptoir/launch/seed/owners.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Area, Verb } from '@comptoir/shared/viewer/areas.ts';
import type { KeyViewer, PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { anonymous, personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { addClient, attach, convertToPartner, openAccount } from '../fleet.ts';
import { hireStaff, logIn, PASSWORD } from '../people.ts';
import { allIds, keyedRows, leaksIn, MARK, ourTables, REMOTE_NETWORK, type Row, textRows } from './leaks.ts';
import { goodMoney, type Money, seedMoney } from './seedMoney.ts';
import { type SeededPeople, seed, seedLogins, seedPeople } from './seedTenant.ts';

/**
 * Somebody with the way in over HTTP and, for calls that pass the gateway by, as the viewer that the gateway would make
 * of them.
 */
export type Caller = { name: string; token: string | null; viewer: Viewer };

export type Tenants = {
  installation: TestInstallation;
  local: {
    owner: Caller;
    partner: Caller;
    /** Of a client that the partner pays for, with every area in its own account. */
    resold: Caller;
    accountId: string;
    partnerId: string;
    resoldId: string;
    trackerIds: string[];
    people: SeededPeople;
    money: Money;
  };
  remote: { owner: Caller; partner: Caller; accountId: string };
  /** Staff of the provider, logged in as the remote account: sees what such a viewer alone has. */
  asRemote: { name: string; token: string };
  staff: Caller;
  /** Those to whom nothing of the remote side is open. */
  strangers: Caller[];
  /** Ids and texts of the remote side. */
  remoteSecrets: Set<string>;
  /** Ids of the local side, by the schema whose rows they identify. */
  localIds: Row[];
  /** A few ids of every kind of row that the remote side has. */
  remoteIds: Row[];
  stop(): Promise<void>;
};

/**
 * Two sides that have nothing to do with each other: local, a client and its partner (TRACKERS and BILLING for
 * reading); remote, another client and another partner. What the remote side's secrets are is found by comparing the
 * whole database before and after it moved in, so a table added tomorrow counts.
 */
export async function openTenants(): Promise<Tenants> {
  const installation = await openTestInstallation();
  const staffPerson = await hireStaff(installation, 'staff@comptoir.example');
  const { viewer: local, trackerIds, partner, resoldId } = await moveIn(installation, 'proche');
  const [owner, partnerOwner, resold] = await owners(
    installation,
    'proche',
    local.accountId,
    partner.accountId,
    resoldId,
  );
  const member = await addMember(installation, local.accountId, 'suivi@proche.example', ['TRACKERS:READ']);
  const partnerMember = await addMember(installation, partner.accountId, 'suivi@partenaire.example', ['TRACKERS:READ']);
  const key = await makeKey(installation, owner.viewer as PersonViewer, 'proche');
  const people = await seedPeople(installation, owner.token as string, 'proche');
  const paying = (client: Caller, agency: Caller, resoldTo: string) => ({
    owner: { token: client.token as string, accountId: (client.viewer as PersonViewer).accountId },
    partner: { token: agency.token as string, accountId: (agency.viewer as PersonViewer).accountId },
    resoldId: resoldTo,
    staffToken: staffPerson.token,
  });
  const money = await seedMoney(installation, { name: 'proche', ...paying(owner, partnerOwner, resoldId) });
  // Jobs about the local side write rows of the local side.
  await quiet(installation);
  const before = await allIds(installation);

  const { viewer: remote, partner: remotePartner, resoldId: remoteResoldId } = await moveIn(installation, MARK);
  const [remoteOwner, remotePartnerOwner] = await owners(
    installation,
    MARK,
    remote.accountId,
    remotePartner.accountId,
    remoteResoldId,
  );
  await makeKey(installation, remoteOwner.viewer as PersonViewer, MARK);
  await seedPeople(installation, remoteOwner.token as string, MARK);
  await seedMoney(installation, { name: MARK, ...paying(remoteOwner, remotePartnerOwner, remoteResoldId) });
  const asRemoteToken = await seedLogins(installation, {
    token: remoteOwner.token as string,
    accountId: remote.accountId,
    name: MARK,
    staffToken: staffPerson.token,
  });
  await seed(installation, remoteOwner.viewer as PersonViewer, MARK);
  await quiet(installation);
  const after = await allIds(installation);
  const remoteSecrets = new Set([...after].filter((id) => !before.has(id)));
  for (const { id } of await keyedRows(installation)) if (!before.has(id)) remoteSecrets.add(id);

  const rows = await keyedRows(installation);
  const remoteIds = [
    ...Map.groupBy(
      rows.filter(({ id }) => remoteSecrets.has(id)),
      ({ table }) => table,
    ).values(),
  ]
    .flatMap((some) => [...some.slice(0, 1), ...some.slice(-2)])
    .filter((row, at, all) => all.findIndex(({ id, table }) => id === row.id && table === row.table) === at);
  const nobody: Caller = { name: 'nobody', token: null, viewer: anonymous() };
  return {
    installation,
    local: {
      owner,
      partner: partnerOwner,
      resold,
      accountId: local.accountId,
      partnerId: partner.accountId,
      resoldId,
      trackerIds,
      people,
      money,
    },
    remote: { owner: remoteOwner, partner: remotePartnerOwner, accountId: remote.accountId },
    asRemote: { name: 'staff as the remote account', token: asRemoteToken },
    staff: { name: 'staff', token: staffPerson.token, viewer: staffViewer() },
    strangers: [owner, partnerOwner, member, partnerMember, key, nobody],
    remoteSecrets,
    localIds: rows.filter(({ id }) => before.has(id)),
    remoteIds,
    stop: () => installation.stop(),
  };
}

/**
 * A client with trackers, events, charges and a take-over by its partner; and one whose BILLING is the partner's to
 * change.
 */
async function moveIn(installation: TestInstallation, name: string) {
  const partnerAccount = await openAccount(installation, `${name} partner`);
  await convertToPartner(installation, partnerAccount);
  const partner: PersonViewer = { ...staffViewer(partnerAccount), role: 'OWNER' };
  const resoldId = await openAccount(installation, `${name} resold`);
  await attach(installation, partner, personViewer({ accountId: resoldId }), [{ area: 'BILLING', verb: 'WRITE' }]);
  return { ...(await addClient(installation, partner, `${name} client`, 2)), partner, resoldId };
}

async function owners(installation: TestInstallation, name: string, ...accountIds: [string, string, string]) {
  const viewers = await addOwners(
    installation.systemUrls.identity,
    PASSWORD,
    accountIds.map((accountId, at) => ({
      email: `owner${at}@${name}.example`,
      displayName: `${name} owner`,
      accountId,
      role: 'OWNER' as const,
    })),
  );
  const callers: Caller[] = [];
  for (const [at, viewer] of viewers.entries()) {
    const { token } = await logIn(installation, `owner${at}@${name}.example`);
    callers.push({ name: `${['owner', 'partner', 'resold'][at]} of ${name}`, token, viewer });
  }
  return callers as [Caller, Caller, Caller];
}

export async function addMember(
  installation: TestInstallation,
  accountId: string,
  email: string,
  areas: `${Area}:${Verb}`[],
): Promise<Caller> {
  const [viewer] = (await addOwners(installation.systemUrls.identity, PASSWORD, [
    { email, displayName: email, accountId, role: 'OWNER' },
  ])) as [PersonViewer];
  await installation.admin.query(`update identity.membership set role = 'MEMBER', areas = $2 where id = $1`, [
    viewer.membershipId,
    areas,
  ]);
  const { token } = await logIn(installation, email);
  const held = Object.fromEntries(areas.map((text) => text.split(':')));
  return { name: email, token, viewer: { ...viewer, role: 'MEMBER', areas: held } };
}

async function makeKey(installation: TestInstallation, owner: PersonViewer, name: string): Promise<Caller> {
  const { apiKey, secret } = await must<{ apiKey: { id: string }; secret: string }>(
    installation.subgraphs.identity,
    'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } secret userErrors { message } } }',
    { input: { name: `${name} key`, areas: [{ area: 'TRACKERS', verb: 'READ' }] } },
    owner,
  );
  const { sessionId: _session, ...acting } = owner;
  const viewer: KeyViewer = { ...acting, kind: 'KEY', keyId: apiKey.id, areas: { TRACKERS: 'READ' } };
  return { name: `key of ${name}`, token: secret, viewer };
}

/** Resolves when no job waits or runs: their statements are not those of a request. */
export async function quiet(installation: TestInstallation): Promise<void> {
  const open = ['identity', 'accounts', 'billing', 'trackers'].map(
    (name) => `select from ${name}_jobs.job where state < 'completed'`,
  );
  await until(
    async () => (await installation.admin.query(open.join(' union all '))).rowCount === 0,
    'all jobs to be done',
  );
}

export const SERVICES: Viewer[] = (['gateway', 'identity', 'accounts', 'billing', 'trackers'] as const).map(
  serviceViewer,
);

/** Values of the local side that make an input good, so that the one place that is tried decides. */
export function goodValue({ local }: Pick<Tenants, 'local'>, path: string, field = ''): unknown {
  const name = path.split('.').at(-1) as string;
  const ofMoney = goodMoney(local, path, field);
  if (ofMoney !== undefined) return ofMoney;
  if (name === 'trackerId' || name === 'trackerIds') return local.trackerIds[0];
  if (name === 'partnerId') return local.partnerId;
  if (name === 'accountId' || name === 'clientId') return undefined;
  if (name === 'eventId') return 'the same each time';
  if (name === 'idempotencyKey') return newId();
  if (name === 'branchId' || name === 'branchIds') return local.people.branchIds[0];
  if (name === 'contactId') return local.people.contactIds[1];
  if (name === 'email') return 'owner0@proche.example';
  if (name === 'password') return PASSWORD;
  return undefined;
}

/** The remote side's rows, table by table. New ones that name it are told apart from changed ones. */
export async function remoteRows(tenants: Tenants): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (const table of await ourTables(tenants.installation)) {
    const rows = await textRows(tenants.installation, table);
    found.set(
      `${table.schema}.${table.name}`,
      new Set(rows.filter((row) => leaksIn(row, tenants.remoteSecrets).length > 0 || row.includes(MARK))),
    );
  }
  return found;
}
