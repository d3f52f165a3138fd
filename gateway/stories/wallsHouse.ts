import { must } from '@comptoir/launch/seed/execute.ts';
import { addOwners } from '@comptoir/launch/seed/owners.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Area, Verb } from '@comptoir/shared/viewer/areas.ts';
import type { KeyViewer, PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { anonymous, personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { addClient, attach, convertToPartner, openAccount } from './fleet.ts';
import { hireStaff, logIn, PASSWORD } from './people.ts';
import { furnishMoney, goodMoney, type Money } from './wallsMoney.ts';
import { FAR_NETWORK, type Furniture, furnish, furnishLogins, furnishPeople } from './wallsScene.ts';

/** Every text on the far side holds this word; it stands nowhere else. */
export const MARK = 'lointain';
/**
 * Somebody with the way in over HTTP and, for calls that pass the gateway by, as the viewer that the gateway would make
 * of them.
 */
export type Caller = { name: string; token: string | null; viewer: Viewer };
export type Row = { table: string; id: string };

export type Walls = {
  house: TestInstallation;
  near: {
    owner: Caller;
    partner: Caller;
    /** Of a client that the partner pays for, with every area in its own account. */
    resold: Caller;
    accountId: string;
    partnerId: string;
    resoldId: string;
    trackerIds: string[];
    furniture: Furniture;
    money: Money;
  };
  far: { owner: Caller; partner: Caller; accountId: string };
  /** Staff of the provider, logged in as the far account: sees what such a viewer alone has. */
  asFar: { name: string; token: string };
  staff: Caller;
  /** Those to whom nothing of the far side is open. */
  strangers: Caller[];
  /** Ids and texts of the far side. */
  farSecrets: Set<string>;
  /** Ids of the near side, by the schema whose rows they identify. */
  nearIds: Row[];
  /** A few ids of every kind of row that the far side has. */
  farIds: Row[];
  stop(): Promise<void>;
};

/**
 * Two sides that have nothing to do with each other: near, a client and its partner (TRACKERS and BILLING for reading);
 * far, another client and another partner. What the far side's secrets are is found by comparing the whole database
 * before and after it moved in, so a table added tomorrow counts.
 */
export async function openWalls(): Promise<Walls> {
  const house = await openTestInstallation();
  const staffPerson = await hireStaff(house, 'staff@comptoir.example');
  const { viewer: near, trackerIds, partner, resoldId } = await moveIn(house, 'proche');
  const [owner, partnerOwner, resold] = await owners(house, 'proche', near.accountId, partner.accountId, resoldId);
  const member = await addMember(house, near.accountId, 'suivi@proche.example', ['TRACKERS:READ']);
  const partnerMember = await addMember(house, partner.accountId, 'suivi@partenaire.example', ['TRACKERS:READ']);
  const key = await makeKey(house, owner.viewer as PersonViewer, 'proche');
  const furniture = await furnishPeople(house, owner.token as string, 'proche');
  const paying = (client: Caller, agency: Caller, resoldTo: string) => ({
    owner: { token: client.token as string, accountId: (client.viewer as PersonViewer).accountId },
    partner: { token: agency.token as string, accountId: (agency.viewer as PersonViewer).accountId },
    resoldId: resoldTo,
    staffToken: staffPerson.token,
  });
  const money = await furnishMoney(house, { name: 'proche', ...paying(owner, partnerOwner, resoldId) });
  // Jobs about the near side write rows of the near side.
  await quiet(house);
  const before = await allIds(house);

  const { viewer: far, partner: farPartner, resoldId: farResoldId } = await moveIn(house, MARK);
  const [farOwner, farPartnerOwner] = await owners(house, MARK, far.accountId, farPartner.accountId, farResoldId);
  await makeKey(house, farOwner.viewer as PersonViewer, MARK);
  await furnishPeople(house, farOwner.token as string, MARK);
  await furnishMoney(house, { name: MARK, ...paying(farOwner, farPartnerOwner, farResoldId) });
  const asFarToken = await furnishLogins(house, {
    token: farOwner.token as string,
    accountId: far.accountId,
    name: MARK,
    staffToken: staffPerson.token,
  });
  await furnish(house, farOwner.viewer as PersonViewer, MARK);
  await quiet(house);
  const after = await allIds(house);
  const farSecrets = new Set([...after].filter((id) => !before.has(id)));
  for (const { id } of await keyedRows(house)) if (!before.has(id)) farSecrets.add(id);

  const rows = await keyedRows(house);
  const farIds = [
    ...Map.groupBy(
      rows.filter(({ id }) => farSecrets.has(id)),
      ({ table }) => table,
    ).values(),
  ]
    .flatMap((some) => [...some.slice(0, 1), ...some.slice(-2)])
    .filter((row, at, all) => all.findIndex(({ id, table }) => id === row.id && table === row.table) === at);
  const nobody: Caller = { name: 'nobody', token: null, viewer: anonymous() };
  return {
    house,
    near: {
      owner,
      partner: partnerOwner,
      resold,
      accountId: near.accountId,
      partnerId: partner.accountId,
      resoldId,
      trackerIds,
      furniture,
      money,
    },
    far: { owner: farOwner, partner: farPartnerOwner, accountId: far.accountId },
    asFar: { name: 'staff as the far account', token: asFarToken },
    staff: { name: 'staff', token: staffPerson.token, viewer: staffViewer() },
    strangers: [owner, partnerOwner, member, partnerMember, key, nobody],
    farSecrets,
    nearIds: rows.filter(({ id }) => before.has(id)),
    farIds,
    stop: () => house.stop(),
  };
}

/**
 * A client with trackers, events, charges and a take-over by its partner; and one whose BILLING is the partner's to
 * change.
 */
async function moveIn(house: TestInstallation, name: string) {
  const partnerAccount = await openAccount(house, `${name} partner`);
  await convertToPartner(house, partnerAccount);
  const partner: PersonViewer = { ...staffViewer(partnerAccount), role: 'OWNER' };
  const resoldId = await openAccount(house, `${name} resold`);
  await attach(house, partner, personViewer({ accountId: resoldId }), [{ area: 'BILLING', verb: 'WRITE' }]);
  return { ...(await addClient(house, partner, `${name} client`, 2)), partner, resoldId };
}

async function owners(house: TestInstallation, name: string, ...accountIds: [string, string, string]) {
  const viewers = await addOwners(
    house.systemUrls.identity,
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
    const { token } = await logIn(house, `owner${at}@${name}.example`);
    callers.push({ name: `${['owner', 'partner', 'resold'][at]} of ${name}`, token, viewer });
  }
  return callers as [Caller, Caller, Caller];
}

export async function addMember(
  house: TestInstallation,
  accountId: string,
  email: string,
  areas: `${Area}:${Verb}`[],
): Promise<Caller> {
  const [viewer] = (await addOwners(house.systemUrls.identity, PASSWORD, [
    { email, displayName: email, accountId, role: 'OWNER' },
  ])) as [PersonViewer];
  await house.admin.query(`update identity.membership set role = 'MEMBER', areas = $2 where id = $1`, [
    viewer.membershipId,
    areas,
  ]);
  const { token } = await logIn(house, email);
  const held = Object.fromEntries(areas.map((text) => text.split(':')));
  return { name: email, token, viewer: { ...viewer, role: 'MEMBER', areas: held } };
}

async function makeKey(house: TestInstallation, owner: PersonViewer, name: string): Promise<Caller> {
  const { apiKey, secret } = await must<{ apiKey: { id: string }; secret: string }>(
    house.subgraphs.identity,
    'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } secret userErrors { message } } }',
    { input: { name: `${name} key`, areas: [{ area: 'TRACKERS', verb: 'READ' }] } },
    owner,
  );
  const { sessionId: _session, ...acting } = owner;
  const viewer: KeyViewer = { ...acting, kind: 'KEY', keyId: apiKey.id, areas: { TRACKERS: 'READ' } };
  return { name: `key of ${name}`, token: secret, viewer };
}

/** Resolves when no job waits or runs: their statements are not those of a request. */
export async function quiet(house: TestInstallation): Promise<void> {
  const open = ['identity', 'accounts', 'billing', 'trackers'].map(
    (name) => `select from ${name}_jobs.job where state < 'completed'`,
  );
  await until(async () => (await house.admin.query(open.join(' union all '))).rowCount === 0, 'all jobs to be done');
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

export type Table = { schema: string; name: string };

/** Every table of ours; those of the job queues are pg-boss's own. */
export async function ourTables(house: TestInstallation): Promise<Table[]> {
  const { rows } = await house.admin.query(
    `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname in ('access', 'identity', 'accounts', 'billing', 'trackers') order by 1, 2`,
  );
  return rows;
}

/** All rows of a table, as text. */
export async function textRows(house: TestInstallation, { schema, name }: Table): Promise<string[]> {
  const { rows } = await house.admin.query(`select t::text as row from ${schema}.${name} t order by 1`);
  return rows.map(({ row }) => row);
}

async function allIds(house: TestInstallation): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const table of await ourTables(house)) {
    for (const row of await textRows(house, table)) for (const id of row.match(UUID) ?? []) ids.add(id);
  }
  return ids;
}

/** The id of every row that has one of its own. */
async function keyedRows(house: TestInstallation): Promise<Row[]> {
  const { rows: keys } = await house.admin.query(
    `select n.nspname as schema, c.relname as name, a.attname as column
     from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
     where i.indisprimary and i.indnatts = 1 and a.atttypid = 'uuid'::regtype
       and n.nspname in ('access', 'identity', 'accounts', 'billing', 'trackers') order by 1, 2`,
  );
  const found: Row[] = [];
  for (const { schema, name, column } of keys) {
    const { rows } = await house.admin.query(`select ${column}::text as id from ${schema}.${name} order by 1`);
    found.push(...rows.map(({ id }) => ({ table: `${schema}.${name}`, id })));
  }
  return found;
}

const MARKS = new RegExp(`${MARK}[^"]{0,20}|${FAR_NETWORK}`, 'gi');

/** What of the secrets stands in a text; ids that the caller sent are no news to it. */
export function leaksIn(text: string, secrets: ReadonlySet<string>, sent: readonly string[] = []): string[] {
  const ids = (text.match(UUID) ?? []).filter((id) => secrets.has(id) && !sent.includes(id));
  const marks = text.match(MARKS) ?? [];
  return [...new Set([...ids, ...marks])];
}

/** What is made for one answer and shown in it alone. */
const ONCE = /"(secret|lastFour|uri|recoveryCodes|accessToken|refreshToken|token)":("[^"]*"|\[[^\]]*\])/g;

/** An answer without what differs from one call to the next: ids, instants, secrets that are shown once. */
export const normalised = (value: unknown): string =>
  JSON.stringify(value)
    .replace(ONCE, '"$1":"<once>"')
    .replace(UUID, '<id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<instant>');

export const SERVICES: Viewer[] = (['gateway', 'identity', 'accounts', 'billing', 'trackers'] as const).map(
  serviceViewer,
);

/** Values of the near side that make an input good, so that the one place that is tried decides. */
export function goodValue({ near }: Pick<Walls, 'near'>, path: string, field = ''): unknown {
  const name = path.split('.').at(-1) as string;
  const ofMoney = goodMoney(near, path, field);
  if (ofMoney !== undefined) return ofMoney;
  if (name === 'trackerId' || name === 'trackerIds') return near.trackerIds[0];
  if (name === 'partnerId') return near.partnerId;
  if (name === 'accountId' || name === 'clientId') return undefined;
  if (name === 'eventId') return 'the same each time';
  if (name === 'idempotencyKey') return newId();
  if (name === 'branchId' || name === 'branchIds') return near.furniture.branchIds[0];
  if (name === 'contactId') return near.furniture.contactIds[1];
  if (name === 'email') return 'owner0@proche.example';
  if (name === 'password') return PASSWORD;
  return undefined;
}

/** The far side's rows, table by table. New ones that name it are told apart from changed ones. */
export async function farRows(walls: Walls): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (const table of await ourTables(walls.house)) {
    const rows = await textRows(walls.house, table);
    found.set(
      `${table.schema}.${table.name}`,
      new Set(rows.filter((row) => leaksIn(row, walls.farSecrets).length > 0 || row.includes(MARK))),
    );
  }
  return found;
}
