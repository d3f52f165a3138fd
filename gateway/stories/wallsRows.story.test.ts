import { readFileSync } from 'node:fs';
import { newId } from '@comptoir/shared/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isNullableType,
  isObjectType,
} from 'graphql';
import {
  type Caller,
  leaksIn,
  MARK,
  normalised,
  openWalls,
  ourTables,
  SERVICES,
  textRows,
  type Walls,
} from './wallsHouse.ts';
import {
  entitiesOf,
  idArguments,
  inputFor,
  isThere,
  operation,
  payloadSelection,
  placesOf,
  type Reading,
  readingsOf,
  rootFields,
  schemaOf,
} from './wallsOperations.ts';

/**
 * Tenants are walls (GUARD): everything that the schemas know is asked by those to whom nothing of the far side is open. Operations are written from
 * the schemas, so what is added tomorrow is asked too; the controls fail when the scene has nothing of a new kind to hide.
 */
let walls: Walls;
beforeAll(async () => {
  walls = await openWalls();
}, 60_000);
afterAll(() => walls.stop());

const api = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));
const queries = rootFields(api.getQueryType());

/** Aliases per request: within the gateway's limits of twenty root fields and a thousand selections. */
const PER_REQUEST = 16;

type Asked = { reading: Reading; value: unknown; text: string };

/** Reads everything below a root field; the field is repeated under aliases, so that what is refused hides nothing else. */
async function readAll(caller: Caller, field: GraphQLField<unknown, unknown>, id: string | null): Promise<Asked[]> {
  const args =
    id === null
      ? ''
      : `(${idArguments(field)
          .map(({ name }) => `${name}: "${id}"`)
          .join(', ')})`;
  const readings = readingsOf(getNamedType(field.type) as GraphQLObjectType);
  const answers: Asked[] = [];
  const ask = async (some: Reading[]): Promise<void> => {
    const fields = some.map(({ text }, at) => `r${at}: ${field.name}${args} { ${text} }`);
    const { data, errors } = await walls.house.ask(`{ ${fields.join('\n')} }`, {}, caller.token);
    // A refusal below a root field that cannot be null takes the whole answer with it: then each is asked alone.
    if (data == null && some.length > 1) for (const one of some) await ask([one]);
    else {
      const text = JSON.stringify({ data, errors });
      for (const [at, reading] of some.entries()) answers.push({ reading, value: data?.[`r${at}`], text });
    }
  };
  const size = isNullableType(field.type) ? PER_REQUEST : 4;
  for (let at = 0; at < readings.length; at += size) await ask(readings.slice(at, at + size));
  return answers;
}

/** The far ids that a root field knows, by what those see to whom they belong. */
async function knownIds(field: GraphQLField<unknown, unknown>): Promise<string[]> {
  const ids = [...new Set(walls.farIds.map(({ id }) => id))];
  const found = new Set<string>();
  for (let at = 0; at < ids.length; at += 20) {
    const some = ids.slice(at, at + 20);
    const fields = some.map((id, n) => `r${n}: ${field.name}(id: "${id}") { id }`).join('\n');
    for (const { token } of [walls.far.owner, walls.far.partner]) {
      const { data } = await walls.house.ask(`{ ${fields} }`, {}, token);
      for (const [n, id] of some.entries()) if (data?.[`r${n}`] != null) found.add(id);
    }
  }
  return [...found];
}

/** Fields that hold nothing in this scene, each with the reason. */
const EMPTY = [
  'Viewer.apiKey', // of keys only, and the key's own test reads it
  'LedgerCheck.problems', // the books are sound
  'LedgerProblem.check',
  'LedgerProblem.detail',
  'Membership.networks', // lists that are empty: no limit
  'ApiKey.networks',
];

test('GUARD control: the far side reads every field of the graph, so there is something to hide behind each', async () => {
  const covered = new Set<string>();
  const all = new Set<string>();
  for (const field of queries) {
    const ids = idArguments(field).length > 0 ? await knownIds(field) : [null];
    // A field that knows no id of the far side is a field whose rows are missing in the scene: add some to `furnish`.
    expect([field.name, ids.length > 0]).toEqual([field.name, true]);
    for (const id of ids.slice(0, 3)) {
      for (const caller of [walls.far.owner, walls.far.partner, walls.staff]) {
        for (const { reading, value } of await readAll(caller, field, id)) {
          all.add(reading.covers);
          if (isThere(value, reading.path)) covered.add(reading.covers);
        }
      }
    }
  }
  const unread = [...all].filter((each) => !covered.has(each) && !EMPTY.includes(each));
  expect(unread).toEqual([]);
}, 60_000);

test('GUARD tenants are walls: no query, however nested, hands a stranger anything of the far side', async () => {
  const leaks: string[] = [];
  for (const caller of walls.strangers) {
    for (const field of queries) {
      const ids = idArguments(field).length > 0 ? await knownIds(field) : [null];
      for (const id of ids.slice(0, 3)) {
        for (const { reading, text } of await readAll(caller, field, id)) {
          for (const leak of leaksIn(text, walls.farSecrets, [id ?? '']))
            leaks.push(`${caller.name}: ${field.name} … ${reading.covers} gives ${leak}`);
        }
      }
    }
  }
  expect(leaks).toEqual([]);
}, 60_000);

/** Every entity of every subgraph with every far id, straight to the subgraph; gives what leaked and what somebody entitled sees. */
async function askEntities(caller: Caller, ids: readonly string[]): Promise<{ leaks: string[]; seen: Set<string> }> {
  const leaks: string[] = [];
  const seen = new Set<string>();
  for (const subgraph of Object.values(walls.house.subgraphs)) {
    for (const type of entitiesOf(schemaOf(subgraph.sdl))) {
      const readings = readingsOf(type);
      const fields = readings.map(
        ({ text }, at) => `e${at}: _entities(representations: $r) { ... on ${type.name} { ${text} } }`,
      );
      const representations = ids.map((id) => ({ __typename: type.name, id }));
      const { data, errors } = await subgraph.execute(
        { query: `query ($r: [_Any!]!) { ${fields.join('\n')} }`, variables: { r: representations } },
        caller.viewer,
      );
      for (const [at, { covers, path }] of readings.entries()) {
        const items = (data?.[`e${at}`] ?? []) as unknown[];
        for (const [n, item] of items.entries()) {
          const found = leaksIn(JSON.stringify(item), walls.farSecrets, [ids[n] as string]);
          if (isThere(item, path) && found.length > 0) seen.add(`${subgraph.name} ${type.name}`);
          for (const leak of found) leaks.push(`${caller.name}: ${subgraph.name} ${covers} gives ${leak}`);
        }
      }
      for (const leak of leaksIn(JSON.stringify(errors ?? []), walls.farSecrets, ids))
        leaks.push(`${caller.name}: errors of ${subgraph.name} ${type.name} give ${leak}`);
    }
  }
  return { leaks, seen };
}

test('GUARD tenants are walls: no entity of any subgraph, asked directly, hands a stranger or a service anything of the far side', async () => {
  const ids = [...new Set(walls.farIds.map(({ id }) => id))];
  const control = [await askEntities(walls.far.owner, ids), await askEntities(walls.far.partner, ids)];
  const entities = Object.values(walls.house.subgraphs).flatMap(({ name, sdl }) =>
    entitiesOf(schemaOf(sdl)).map((type) => `${name} ${type.name}`),
  );
  const seen = new Set(control.flatMap((each) => [...each.seen]));
  expect(entities.filter((each) => !seen.has(each))).toEqual([]);

  const services = SERVICES.map(
    (viewer): Caller => ({ name: `service ${JSON.stringify(viewer)}`, token: null, viewer }),
  );
  const noAccount: Caller = {
    name: 'somebody without an account',
    token: null,
    viewer: { kind: 'ANONYMOUS', userId: newId(), sessionId: newId(), requestId: newId(), address: '127.0.0.1' },
  };
  const leaks: string[] = [];
  for (const caller of [...walls.strangers, noAccount, ...services])
    leaks.push(...(await askEntities(caller, ids)).leaks);
  expect(leaks).toEqual([]);
}, 60_000);

test('O10 U08 within one side each sees what its areas open: a partner no people or keys of its client, who holds TRACKERS no wallets', async () => {
  const own = (caller: Caller): string[] =>
    Object.values(caller.viewer).filter((value): value is string => typeof value === 'string');
  const secretsOf = (caller: Caller, ...schemas: string[]): Set<string> =>
    new Set(
      walls.nearIds
        .filter(({ table, id }) => schemas.includes(table.split('.')[0] as string) && !own(caller).includes(id))
        .map(({ id }) => id),
    );
  const [, partner, member, partnerMember, key] = walls.strangers as [Caller, Caller, Caller, Caller, Caller];
  const partnerAccount = 'accountId' in partner.viewer ? partner.viewer.accountId : '';
  const { rows } = await walls.house.admin.query(
    `select m.id, m.user_id from identity.membership m where m.account_id = $1`,
    [partnerAccount],
  );
  const colleagues = rows.flatMap(({ id, user_id }) => [id, user_id]);
  // An event and its charge have one id, so charges are told apart by their lots and entries.
  const limited: [Caller, Set<string>, string[]][] = [
    [partner, secretsOf(partner, 'identity'), colleagues],
    [member, secretsOf(member, 'identity', 'billing'), []],
    [partnerMember, secretsOf(partnerMember, 'identity', 'billing'), []],
    [key, secretsOf(key, 'identity', 'billing'), []],
  ];
  const events = new Set(walls.nearIds.filter(({ table }) => table === 'trackers.event').map(({ id }) => id));
  const leaks: string[] = [];
  for (const [caller, secrets, open] of limited) {
    const hidden = new Set([...secrets].filter((id) => !events.has(id) && !open.includes(id)));
    expect(hidden.size).toBeGreaterThan(3);
    for (const field of queries) {
      for (const id of idArguments(field).length > 0
        ? [walls.near.accountId, ...walls.near.trackerIds.slice(0, 1)]
        : [null]) {
        for (const { reading, text } of await readAll(caller, field, id))
          for (const leak of leaksIn(text, hidden))
            leaks.push(`${caller.name}: ${field.name} … ${reading.covers} gives ${leak}`);
      }
    }
  }
  expect(leaks).toEqual([]);
}, 60_000);

/** The far side's rows, table by table. New ones that name it are told apart from changed ones. */
async function farRows(): Promise<Map<string, Set<string>>> {
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

/** A stranger may ask anybody to be its client, which is a row that names the account, and a mail to its people. */
const MAY_BE_ADDED = ['accounts.partnership', 'identity.notice'];

test('GUARD foreign looks like missing: every mutation answers ids of the far side like unknown ones, and changes none of its rows', async () => {
  const before = await farRows();
  const ids = [...new Set(walls.farIds.map(({ id }) => id))];
  const differences: string[] = [];
  let asked = 0;
  for (const caller of walls.strangers) {
    for (const subgraph of Object.values(walls.house.subgraphs)) {
      for (const field of rootFields(schemaOf(subgraph.sdl).getMutationType())) {
        const text = operation('mutation', field, payloadSelection(field));
        for (const place of placesOf(field.args).filter(({ type }) => type === 'ID')) {
          // A password is verified for each, which is slow on purpose: two ids say as much there.
          const some = placesOf(field.args).some(({ path }) => path.endsWith('password')) ? ids.slice(0, 2) : ids;
          const answer = async (id: string, choice: number): Promise<string> => {
            const variables = inputFor(field.args, ({ path }) => (path === place.path ? id : nearValue(path)), {
              full: false,
              choice,
            });
            const { data, errors } = await subgraph.execute({ query: text, variables }, caller.viewer);
            const told = JSON.stringify({ data, errors });
            for (const leak of leaksIn(told, walls.farSecrets, [id]))
              differences.push(`${caller.name}: ${field.name} gives ${leak}`);
            return normalised({ data, errors });
          };
          for (const choice of [0, 1]) {
            const missing = await answer(newId(), choice);
            asked += some.length;
            for (const id of some) {
              const foreign = await answer(id, choice);
              if (foreign !== missing)
                differences.push(`${caller.name}: ${field.name} ${place.path}\n  ${foreign}\n  ${missing}`);
            }
            if (/FORBIDDEN|UNAUTHENTICATED/.test(missing)) break;
          }
        }
      }
    }
  }
  expect(differences).toEqual([]);
  expect(asked).toBeGreaterThan(500);

  const after = await farRows();
  for (const [table, rows] of before) {
    const changed = [...rows].filter((row) => !after.get(table)?.has(row));
    expect([table, changed]).toEqual([table, []]);
    const added = [...(after.get(table) ?? [])].filter((row) => !rows.has(row));
    if (!MAY_BE_ADDED.includes(table)) expect([table, added]).toEqual([table, []]);
  }
}, 60_000);

/** What makes the other places of an input good, so that the one that is tried decides. */
function nearValue(path: string): unknown {
  const { near } = walls;
  const name = path.split('.').at(-1) as string;
  if (name === 'trackerId' || name === 'trackerIds') return near.trackerIds[0];
  if (name === 'partnerId') return near.partnerId;
  if (name === 'scope') return undefined;
  if (name === 'eventId' || name === 'idempotencyKey') return 'the same each time';
  if (name === 'email') return 'owner0@proche.example';
  if (name === 'password') return 'correct horse battery staple';
  return undefined;
}

test('GUARD foreign looks like missing through the gateway: same status, same body, same statements in the database', async () => {
  const differences: string[] = [];
  for (const field of queries.filter((each) => idArguments(each).length > 0)) {
    const type = getNamedType(field.type);
    if (!isObjectType(type)) continue;
    const text = operation('query', field, 'id __typename');
    for (const caller of walls.strangers) {
      const ask = async (id: string): Promise<string> => {
        const { status, data, errors } = await walls.house.ask(text, { id }, caller.token);
        return normalised({ status, data, errors });
      };
      const sql = async (id: string): Promise<string> => {
        walls.house.statements();
        await ask(id);
        const { identity: _authentication, ...asked } = walls.house.statements();
        return JSON.stringify(asked);
      };
      for (const id of await knownIds(field)) {
        const [foreign, missing] = [await ask(id), await ask(newId())];
        if (foreign !== missing) differences.push(`${caller.name}: ${field.name}\n  ${foreign}\n  ${missing}`);
      }
      const [id] = await knownIds(field);
      expect(await sql(id as string)).toBe(await sql(newId()));
    }
  }
  expect(differences).toEqual([]);

  // Naming somebody else's account in the header is like naming none that exists.
  const named = (id: string) =>
    walls.house.ask('{ viewer { user { id } } }', {}, walls.near.owner.token, { 'comptoir-account': id });
  const [foreign, missing] = [await named(walls.far.accountId), await named(newId())];
  expect(foreign.status).toBe(403);
  expect(normalised(foreign.errors)).toBe(normalised(missing.errors));
  expect(missing.status).toBe(403);
}, 60_000);
