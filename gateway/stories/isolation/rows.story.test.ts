import { readFileSync } from 'node:fs';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { anonymous } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { askEntities } from './askEntities.ts';
import { leaksIn, normalised } from './leaks.ts';
import {
  ACTION,
  asksByInput,
  byId,
  type Call,
  callsWith,
  entitiesOf,
  idArguments,
  inputFor,
  oneOfEach,
  operation,
  type Place,
  payloadSelection,
  placesOf,
  type Reading,
  readingsOf,
  rootFields,
  schemaOf,
} from './operations.ts';
import { atOnce, isClose, isThere, lifted, readAll } from './readAll.ts';
import { EVERYBODYS } from './seedMoney.ts';
import { EMPTY, likelyAt } from './seedTenant.ts';
import { type Caller, goodValue, openTenants, quiet, remoteRows, SERVICES, type Tenants } from './tenants.ts';

/**
 * Tenants are isolated (GUARD): everything that the schemas know is asked by those to whom nothing of the remote side
 * is open. Operations are written from the schemas, so what is added tomorrow is asked too; the controls fail when the
 * scene has nothing of a new kind to hide.
 */
let tenants: Tenants;
beforeAll(async () => {
  tenants = await openTenants();
});
afterAll(() => tenants.stop());

const api = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const queries = rootFields(api.getQueryType());

/**
 * The calls that find something of the remote side, by what those see to whom it belongs; one without an id where the
 * field takes none.
 */
async function remoteCalls(field: GraphQLField<unknown, unknown>): Promise<Call[]> {
  if (asksByInput(field))
    return oneOfEach(tenants.remoteIds).flatMap((row) =>
      callsWith(field, row, ACTION).map((args) => ({ args, id: row.id })),
    );
  if (idArguments(field).length === 0) return [{ args: '', id: null }];
  return (await knownIds(field)).slice(0, 3).map((id) => byId(field, id));
}

/** The remote ids that a root field knows, by what those see to whom they belong. */
const known = new Map<string, Promise<string[]>>();
function knownIds(field: GraphQLField<unknown, unknown>): Promise<string[]> {
  const found = known.get(field.name) ?? findIds(field);
  known.set(field.name, found);
  return found;
}

async function findIds(field: GraphQLField<unknown, unknown>): Promise<string[]> {
  if (EVERYBODYS[field.name] !== undefined) return [EVERYBODYS[field.name] as string];
  const ids = [...new Set(tenants.remoteIds.map(({ id }) => id))];
  const found = new Set<string>();
  for (let at = 0; at < ids.length; at += 20) {
    const some = ids.slice(at, at + 20);
    const fields = some.map((id, n) => `r${n}: ${field.name}(id: "${id}") { id }`).join('\n');
    for (const { token } of [tenants.remote.owner, tenants.remote.partner, tenants.staff]) {
      const { data } = await tenants.installation.ask(`{ ${fields} }`, {}, token);
      for (const [n, id] of some.entries()) if (data?.[`r${n}`] != null) found.add(id);
    }
  }
  return [...found];
}

/** A leaf that may be null stands in the same row as those that may not. */
const must = (covers: string): boolean => {
  const [type, name] = covers.split('.') as [string, string];
  const field = (api.getType(type) as GraphQLObjectType).getFields()[name];
  return isNonNullType(field?.type) || isObjectType(getNamedType(field?.type));
};

test('GUARD control: the remote side reads every field of the graph, so there is something to hide behind each', async () => {
  const covered = new Set<string>();
  const all = new Set<string>();
  await atOnce(queries, async (field) => {
    const calls = await remoteCalls(field);
    // A field that knows no id of the remote side is a field whose rows are missing in the scene: add some to `seed`.
    expect([field.name, calls.length > 0]).toEqual([field.name, true]);
    for (const { args } of calls) {
      for (const caller of [tenants.remote.owner, tenants.remote.partner, tenants.staff, tenants.asRemote]) {
        for (const { covers } of readingsOf(getNamedType(field.type) as GraphQLObjectType)) all.add(covers);
        for (const { reading, value } of await readAll(
          tenants.installation,
          caller,
          field,
          args,
          ({ covers, ...reading }) =>
            !covered.has(covers) && !EMPTY.includes(covers) && must(covers) && isClose(field)({ covers, ...reading }),
        )) {
          if (isThere(value, reading.path)) covered.add(reading.covers);
        }
      }
    }
  });
  const unread = [...all].filter((each) => !covered.has(each) && !EMPTY.includes(each) && must(each));
  expect(unread).toEqual([]);
});

test('GUARD tenants are isolated: no query, however nested, hands a stranger anything of the remote side', async () => {
  const leaks: string[] = [];
  const each = tenants.strangers.flatMap((caller) => queries.map((field) => ({ caller, field })));
  await atOnce(each, async ({ caller, field }) => {
    for (const { args, id } of await remoteCalls(field)) {
      for (const { reading, text, value } of await readAll(tenants.installation, caller, field, args, isClose(field))) {
        if (id !== null && value != null && field.name !== 'explainAccess' && EVERYBODYS[field.name] === undefined)
          leaks.push(`${caller.name}: ${field.name} ${id} is there`);
        for (const leak of leaksIn(text, tenants.remoteSecrets, [id ?? '']))
          leaks.push(`${caller.name}: ${field.name} … ${reading.covers} gives ${leak}`);
      }
    }
  });
  expect(leaks).toEqual([]);
});

test('GUARD tenants are isolated: no entity of any subgraph, asked directly, hands a stranger or a service anything of the remote side', async () => {
  const ids = [...new Set(tenants.remoteIds.map(({ id }) => id))];
  const control = [
    await askEntities(tenants, tenants.remote.owner, ids),
    await askEntities(tenants, tenants.remote.partner, ids),
  ];
  const entities = Object.values(tenants.installation.subgraphs).flatMap(({ name, sdl }) =>
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
    viewer: { ...anonymous(), userId: newId(), sessionId: newId(), networks: [] },
  };
  const leaks: string[] = [];
  await atOnce([...tenants.strangers, noAccount, ...services], async (caller) => {
    leaks.push(...(await askEntities(tenants, caller, ids)).leaks);
  });
  expect(leaks).toEqual([]);
});

test('O10 U08 within one side each sees what its areas open: a partner no people or keys of its client, who holds TRACKERS no wallets', async () => {
  const own = (caller: Caller): string[] =>
    Object.values(caller.viewer).filter((value): value is string => typeof value === 'string');
  const secretsOf = (caller: Caller, ...schemas: string[]): Set<string> =>
    new Set(
      tenants.localIds
        .filter(({ table, id }) => schemas.includes(table.split('.')[0] as string) && !own(caller).includes(id))
        // Some rows of billing are one of an account, and carry its id.
        .filter(({ id }) => !tenants.localIds.some((row) => row.id === id && row.table === 'accounts.account'))
        .map(({ id }) => id),
    );
  const [, partner, member, partnerMember, key] = tenants.strangers as [Caller, Caller, Caller, Caller, Caller];
  const partnerAccount = 'accountId' in partner.viewer ? partner.viewer.accountId : '';
  const { rows } = await tenants.installation.admin.query(
    `select m.id, m.user_id from identity.membership m where m.account_id = $1`,
    [partnerAccount],
  );
  const colleagues = rows.flatMap(({ id, user_id }) => [id, user_id]);
  // One's own sessions, and what one is invited to.
  const ownOf = async ({ viewer }: Caller): Promise<string[]> => {
    const tables = ['session', 'membership', 'invitation'];
    const own = tables.map((table) => `select id from identity.${table} where user_id = $1`).join(' union all ');
    const found = await tenants.installation.admin.query(own, ['userId' in viewer ? viewer.userId : null]);
    return found.rows.map(({ id }) => id);
  };
  // An event and its charge have one id, so charges are told apart by their lots and entries.
  const limited: [Caller, Set<string>, string[]][] = [
    [partner, secretsOf(partner, 'identity'), colleagues],
    [member, secretsOf(member, 'identity', 'billing'), []],
    [partnerMember, secretsOf(partnerMember, 'identity', 'billing'), []],
    [key, secretsOf(key, 'identity', 'billing'), []],
  ];
  const events = new Set(tenants.localIds.filter(({ table }) => table === 'trackers.event').map(({ id }) => id));
  const leaks: string[] = [];
  for (const [caller, secrets, open] of limited) {
    const itself = await ownOf(caller);
    const hidden = new Set([...secrets].filter((id) => ![...open, ...itself].includes(id) && !events.has(id)));
    expect(hidden.size).toBeGreaterThan(3);
    await atOnce(queries, async (field) => {
      const calls = asksByInput(field)
        ? oneOfEach(tenants.localIds).flatMap((row) =>
            callsWith(field, row, ACTION).map((args): Call => ({ args, id: row.id })),
          )
        : idArguments(field).length > 0
          ? [tenants.local.accountId, ...tenants.local.trackerIds.slice(0, 1)].map((id) => byId(field, id))
          : [{ args: '', id: null }];
      for (const { args, id } of calls) {
        // All of the graph hangs on the viewer and the account; on what else there is, what is close.
        const whole = field.name === 'viewer' || field.name === 'account';
        const wanted = (reading: Reading): boolean => isClose(field)(reading) && (whole || reading.path.length <= 3);
        for (const { reading, text } of await readAll(tenants.installation, caller, field, args, wanted))
          for (const leak of leaksIn(text, hidden, [id ?? '']))
            leaks.push(`${caller.name}: ${field.name} … ${reading.covers} gives ${leak}`);
      }
    });
  }
  expect(leaks).toEqual([]);
});

/** An event's id is the sender's own word for it and refers to nothing. */
const names = ({ type, path }: Place): boolean => type === 'ID' && !path.endsWith('.eventId');

/**
 * A stranger may ask anybody to be its client, which is a row that names the account, and a mail to its people. It may
 * keep a key of its own to any id that it makes up, and what it tried with which ids stands in its own trail.
 */
const MAY_BE_ADDED = [
  'accounts.partnership',
  'identity.notice',
  'identity.api_key',
  'identity.standing_history',
  'access.trail',
  'access.trail_account',
];

test('GUARD foreign looks like missing: every mutation answers ids of the remote side like unknown ones, and changes none of its rows', async () => {
  const before = await remoteRows(tenants);
  const rows = oneOfEach(tenants.remoteIds);
  const differences: string[] = [];
  let asked = 0;
  for (const caller of tenants.strangers) {
    for (const subgraph of Object.values(tenants.installation.subgraphs)) {
      for (const field of rootFields(schemaOf(subgraph.sdl).getMutationType())) {
        const text = operation('mutation', field, payloadSelection(field));
        for (const place of placesOf(field.args).filter(names)) {
          const ids = likelyAt(place.path, rows).map(({ id }) => id);
          // A password is verified for each, which is slow on purpose: two ids say as much there.
          const some = placesOf(field.args).some(({ path }) => path.endsWith('password')) ? ids.slice(0, 2) : ids;
          const answer = async (id: string, choice: number): Promise<string> => {
            const variables = inputFor(
              field.args,
              ({ path }) => (path === place.path ? id : goodValue(tenants, path, field.name)),
              {
                full: false,
                choice,
              },
            );
            const { data, errors } = await subgraph.execute({ query: text, variables }, caller.viewer);
            const told = JSON.stringify({ data, errors });
            for (const leak of leaksIn(told, tenants.remoteSecrets, [id]))
              differences.push(`${caller.name}: ${field.name} gives ${leak}`);
            return normalised({ data, errors });
          };
          for (const choice of [0, 1]) {
            const missing = await answer(newId(), choice);
            const refused = /FORBIDDEN|UNAUTHENTICATED/.test(missing);
            asked += refused ? 1 : some.length;
            for (const id of refused ? some.slice(0, 1) : some) {
              const foreign = await answer(id, choice);
              if (foreign !== missing)
                differences.push(`${caller.name}: ${field.name} ${place.path}\n  ${foreign}\n  ${missing}`);
            }
            if (refused || !placesOf(field.args).some(({ type }) => type === 'enum')) break;
          }
        }
      }
    }
  }
  expect(differences).toEqual([]);
  expect(asked).toBeGreaterThan(300);

  const after = await remoteRows(tenants);
  for (const [table, rows] of before) {
    const changed = [...rows].filter((row) => !after.get(table)?.has(row));
    expect([table, changed]).toEqual([table, []]);
    const added = [...(after.get(table) ?? [])].filter((row) => !rows.has(row));
    if (!MAY_BE_ADDED.includes(table)) expect([table, added]).toEqual([table, []]);
  }
});

/** What the callers of the last test did, as the trail has it: with the subjects, and what else a row tells. */
async function tried() {
  const users = tenants.strangers.flatMap(({ viewer }) =>
    'userId' in viewer && viewer.userId !== null ? [viewer.userId] : [],
  );
  const { rows } = await tenants.installation.admin.query(
    `select decision, action, step, code, rule, subjects::text as subjects, accounts::text as accounts from access.trail where user_id = any ($1)`,
    [users],
  );
  return rows as Record<'decision' | 'action' | 'subjects' | 'accounts', string>[];
}

test('GUARD the trail holds ids of the remote side only as they were sent, tells nothing of them, and shows the remote side no try but a request', async () => {
  const rows = await tried();
  const names = (text: string): boolean => leaksIn(text, tenants.remoteSecrets).length > 0;
  const sent = new Set(tenants.remoteIds.map(({ id }) => id));
  const foreign = rows.filter(({ subjects }) => names(subjects));
  expect(foreign.length).toBeGreaterThan(50);
  expect(foreign.flatMap(({ subjects }) => leaksIn(subjects, tenants.remoteSecrets, [...sent]))).toEqual([]);
  // Each row about a remote id has its like about an id of nothing.
  const shape = ({ accounts: _, ...row }: (typeof rows)[number]): string => normalised(row);
  const missing = new Set(rows.filter(({ subjects }) => !names(subjects)).map(shape));
  expect([...new Set(foreign.map(shape))].filter((each) => !missing.has(each))).toEqual([]);
  const shown = rows.filter(({ accounts }) => names(accounts)).map(({ decision, action }) => `${decision} ${action}`);
  expect([...new Set(shown)]).toEqual(['DONE partnershipRequest']);

  const TRAIL = `query ($after: String) { viewer { account { trail(first: 100, after: $after) { nodes {
    id action step code rule reason userId user { id email } apiKeyId actingAccountId actingAccount { id name } service address } pageInfo { endCursor hasNextPage } } } } }`;
  for (const { token } of [tenants.local.owner, tenants.local.partner]) {
    for (let after: string | null = null, pages = 0; pages < 5; pages += 1) {
      const { data, errors } = await tenants.installation.ask(TRAIL, { after }, token);
      expect(errors).toBeUndefined();
      expect(leaksIn(JSON.stringify(data), tenants.remoteSecrets)).toEqual([]);
      after = data.viewer.account.trail.pageInfo.endCursor;
      if (!data.viewer.account.trail.pageInfo.hasNextPage) break;
    }
  }
});

test('GUARD foreign looks like missing through the gateway: same status, same body, same statements in the database', async () => {
  const differences: string[] = [];
  await quiet(tenants.installation);
  for (const field of queries.filter(asksByInput)) {
    for (const caller of tenants.strangers) {
      const ask = async (args: string): Promise<string> => {
        const { query, variables } = lifted(`{ ${field.name}${args} { ${payloadSelection(field)} } }`);
        const { status, data, errors } = await tenants.installation.ask(query, variables, caller.token);
        return normalised({ status, data, errors });
      };
      for (const row of tenants.remoteIds) {
        const [foreign, missing] = [row, { ...row, id: newId() }].map((each) => callsWith(field, each, ACTION));
        for (const [at, args] of (foreign as string[]).entries()) {
          const answers = [await ask(args), await ask(missing?.[at] as string)];
          if (answers[0] !== answers[1]) differences.push(`${caller.name}: ${args}\n  ${answers.join('\n  ')}`);
        }
      }
    }
  }
  for (const field of queries.filter((each) => idArguments(each).length > 0 && !asksByInput(each))) {
    const type = getNamedType(field.type);
    if (!isObjectType(type) || EVERYBODYS[field.name] !== undefined) continue;
    const text = operation('query', field, 'id __typename');
    for (const caller of tenants.strangers) {
      const ask = async (id: string): Promise<string> => {
        const { status, data, errors } = await tenants.installation.ask(text, { id }, caller.token);
        return normalised({ status, data, errors });
      };
      const sql = async (id: string): Promise<string> => {
        tenants.installation.statements();
        await ask(id);
        const { identity: _authentication, ...asked } = tenants.installation.statements();
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
    tenants.installation.ask('{ viewer { user { id } } }', {}, tenants.local.owner.token, { 'comptoir-account': id });
  const [foreign, missing] = [await named(tenants.remote.accountId), await named(newId())];
  expect(foreign.status).toBe(403);
  expect(normalised(foreign.errors)).toBe(normalised(missing.errors));
  expect(missing.status).toBe(403);
});
