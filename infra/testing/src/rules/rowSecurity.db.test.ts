import { SUBGRAPHS, type SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type TestDatabase, testDatabase } from '../testDatabase.ts';

/**
 * Read from PostgreSQL's catalogue, whatever a migration made: every table has policies, and they show nothing to
 * anyone who says not who they are.
 */
let database: TestDatabase;
let admin: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

const OUR_TABLES = `from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/**
 * Tables without row-level security, which no role of a request may touch, each with the reason. A pattern is for
 * tables of a package.
 */
const WITHOUT_POLICIES: [RegExp, string][] = [
  [/^\w+\.migration$/, 'which migrations ran: TypeORM’s, and the owner’s alone'],
  [/^\w+_jobs\./, 'pg-boss’s own tables: jobs hold ids, and only workers read them'],
];

/** Tables that everybody may read, each with the reason. None names an account or a person whose business it is. */
const FOR_EVERYBODY: Record<string, string> = {
  'billing.catalogue_limit': 'the catalogue: what is for sale',
  'billing.catalogue_plan': 'the catalogue: what is for sale',
  'billing.catalogue_price': 'the catalogue: what is for sale',
  'billing.commission_minimum': 'the least that is paid out, in each currency',
  'billing.credit_pack': 'the catalogue: what is for sale',
  'billing.credit_pack_price': 'the catalogue: what is for sale',
  'billing.seller': 'who writes the invoices: it stands on each of them',
};

/** Tables of which everybody may read some rows: those that are no one's in particular. Whose the others are. */
const NOBODYS: Record<string, string> = { 'billing.commission_terms': 'partner_id' };

/**
 * Functions that look at `access.reach` with their owner's rights, past its policy that asks for a second factor (N25),
 * each with the reason why no one gets past it that way.
 */
const PAST_THE_SECOND_FACTOR: Record<string, string> = {
  'access.open_clients': 'of the bare link, of which no second factor is asked',
  'access.second_factor_missing': 'it is the question itself',
  'accounts.partnership_reach': 'a trigger: it writes, and shows nothing',
  'billing.subscription_standing':
    'it is asked of subscriptions that a policy showed, and what it says can be done is done under policies',
  'identity.people_who_left': 'it asks access.second_factor_missing',
  'trackers.known_events': 'it is asked of accounts whose trackers a policy let the viewer write to',
  'trackers.payers_at': 'of the bare link between owner and payer, not of the viewer',
};

type Table = { name: string; oid: number; secured: boolean; policies: number };
const tables = async (): Promise<Table[]> =>
  (
    await admin.query(
      `select n.nspname || '.' || c.relname as name, c.oid, c.relrowsecurity as secured,
              (select count(*)::integer from pg_policy p where p.polrelid = c.oid) as policies
       ${OUR_TABLES} and c.relkind in ('r', 'p') order by 1`,
    )
  ).rows;

async function withoutPolicies(): Promise<string[]> {
  const found = (await tables()).filter(({ secured, policies }) => !secured || policies === 0);
  return found.map(({ name }) => name).filter((name) => !WITHOUT_POLICIES.some(([pattern]) => pattern.test(name)));
}

/**
 * Makes rows of any content possible, and puts two into each table: what a row must be like is not looked at here, and
 * its policies are as they were.
 */
async function fillEveryTable(): Promise<void> {
  await admin.query(`do $$
    declare
      t record;
      fill text;
      yes boolean;
    begin
      for t in select conrelid::regclass as name, conname from pg_constraint join pg_class c on c.oid = conrelid join pg_namespace n on n.oid = c.relnamespace
               where n.nspname in ('access', 'identity', 'accounts', 'billing', 'trackers') and c.relkind in ('r', 'p') and contype in ('c', 'f', 'p', 'u', 'x') loop
        begin
          execute format('alter table %s drop constraint %I cascade', t.name, t.conname);
        exception when undefined_object then null;
        end;
      end loop;
      for t in select indexrelid::regclass as name from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
               where i.indisunique and n.nspname in ('access', 'identity', 'accounts', 'billing', 'trackers') loop
        execute format('drop index %s', t.name);
      end loop;
      set local session_replication_role = replica;
      foreach yes in array array[true, false] loop
        for t in select c.oid, c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
                 where c.relkind in ('r', 'p') and c.relname <> 'migration' and n.nspname in ('access', 'identity', 'accounts', 'billing', 'trackers') loop
          select string_agg(case
              when a.attgenerated <> '' then 'default'
              when e.typname = 'uuid' and a.attndims > 0 then 'array[uuidv7()]'
              when e.typname = 'uuid' then 'uuidv7()'
              when a.attndims > 0 then format('array[%s]::%s', case when e.typname in ('cidr', 'inet') then '''10.0.0.0/8''' else '''1''' end, format_type(a.atttypid, a.atttypmod))
              when e.typname = 'text' then '''x'''
              when e.typname = 'bool' then yes::text
              when e.typname = 'timestamptz' then 'now()'
              when e.typname = 'date' then 'current_date'
              when e.typname = 'tstzrange' then 'tstzrange(now() - interval ''1 day'', null)'
              when e.typname = 'daterange' then 'daterange(current_date, null)'
              when e.typname in ('json', 'jsonb') then '''{}'''
              when e.typname = 'bytea' then '''x''::bytea'
              when e.typname in ('inet', 'cidr') then '''10.0.0.0/8'''
              when e.typname = 'xid8' then 'pg_current_xact_id()'
              else '1' end, ', ' order by a.attnum)
          into fill
          from pg_attribute a join pg_type e on e.oid = coalesce(nullif((select typelem from pg_type where oid = a.atttypid and typcategory = 'A'), 0), a.atttypid)
          where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped;
          execute format('insert into %s overriding system value values (%s)', t.name, fill);
        end loop;
      end loop;
    end $$`);
}

/**
 * The tables of which a role of requests sees a row, by what it says of itself: nothing, nothing any more, or somebody
 * whom no row is about.
 */
async function shownTo(subgraph: SubgraphName, settings: Record<string, string>): Promise<string[]> {
  const client = new pg.Client({ connectionString: database.urls[subgraph].request });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select n.nspname || '.' || c.relname as name ${OUR_TABLES} and c.relkind in ('r', 'p', 'v', 'm')
         and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select') order by 1`,
    );
    expect(rows.length).toBeGreaterThan(3);
    await client.query('begin read only');
    for (const [name, value] of Object.entries(settings))
      await client.query('select set_config($1, $2, true)', [name, value]);
    const shown: string[] = [];
    for (const { name } of rows) {
      const { rowCount } = await client.query(
        `select from ${name} ${NOBODYS[name] === undefined ? '' : `where ${NOBODYS[name]} is not null`}`,
      );
      if ((rowCount ?? 0) > 0) shown.push(name);
    }
    await client.query('rollback');
    return shown;
  } finally {
    await client.end();
  }
}

test('GUARD every table of every schema has row-level security and a policy, or stands on a short list', async () => {
  expect((await tables()).length).toBeGreaterThan(80);
  expect(await withoutPolicies()).toEqual([]);
});

test('GUARD what has no policies is closed to every role of requests', async () => {
  const { rows } = await admin.query(
    `select n.nspname || '.' || c.relname as name, r.rolname as role ${OUR_TABLES.replace('where', 'cross join pg_roles r where')}
       and c.relkind in ('r', 'p') and not c.relrowsecurity and r.rolname = any ($1)
       and (has_any_column_privilege(r.oid, c.oid, 'select, insert, update') or has_table_privilege(r.oid, c.oid, 'delete, truncate'))`,
    [SUBGRAPHS.map((name) => `comptoir_${name}`)],
  );
  expect(rows).toEqual([]);
});

test('GUARD no view hands out with its owner’s rights what policies close', async () => {
  const { rows } = await admin.query(
    `select n.nspname || '.' || c.relname as name ${OUR_TABLES} and c.relkind in ('v', 'm') and n.nspname <> 'public'`,
  );
  expect(rows).toEqual([]);
});

const pastTheSecondFactor = async (): Promise<string[]> =>
  (
    await admin.query(
      `select n.nspname || '.' || p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where p.prosecdef and p.prokind = 'f' and n.nspname !~ '^pg_' and pg_get_functiondef(p.oid) ~ '\\mreach\\M' order by 1`,
    )
  ).rows.map(({ name }) => name);

test('GUARD N25 no function looks at access.reach past the second factor but those on a short list, and the one that must ask does', async () => {
  expect(await pastTheSecondFactor()).toEqual(Object.keys(PAST_THE_SECOND_FACTOR).sort());
  const { rows } = await admin.query(
    `select pg_get_functiondef('identity.people_who_left(uuid[])'::regprocedure) as body`,
  );
  expect(rows[0].body).toMatch(/NOT access.second_factor_missing\(m.account_id\)/i);
});

test('GUARD what everybody may read names no account, and nobody but who set it', async () => {
  const { rows } = await admin.query(
    `select n.nspname || '.' || c.relname as name, a.attname as column
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname || '.' || c.relname = any ($1) and a.attnum > 0 and a.attname ~ 'account|user|partner|client|payer|owner|holder|email|member'`,
    [Object.keys(FOR_EVERYBODY)],
  );
  expect(rows).toEqual([]);
});

test('GUARD with rows in every table no role of requests sees one without a viewer, nor as a stranger', async () => {
  await fillEveryTable();
  const nobody = {};
  // What is left of a viewer once the transaction that set it is over.
  const empty = Object.fromEntries(
    ['account', 'user', 'staff', 'address', 'branches', 'accounts', 'now'].map((name) => [`app.${name}`, '']),
  );
  const stranger = {
    'app.account': newId(),
    'app.user': newId(),
    'app.now': new Date().toISOString(),
    'app.address': '10.1.2.3',
  };
  for (const settings of [nobody, empty, stranger]) {
    const shown = await Promise.all(SUBGRAPHS.map((name) => shownTo(name, settings)));
    expect([...new Set(shown.flat())].sort()).toEqual(Object.keys(FOR_EVERYBODY).sort());
  }
  // What this test looks at is there: staff of the provider sees it.
  const staff = { ...stranger, 'app.staff': 'on' };
  const seen = await Promise.all(SUBGRAPHS.map((name) => shownTo(name, staff)));
  expect(seen.flat().length).toBeGreaterThan(40);
});

test('GUARD a table that somebody forgets is found, and so is a policy that shows all, and a function past the second factor', async () => {
  await admin.query(`create function trackers.past() returns bigint language sql security definer begin atomic
    select count(*) from access.reach; end`);
  expect(await pastTheSecondFactor()).toContain('trackers.past');
  await admin.query(`create table trackers.forgotten (account_id uuid); grant select on trackers.forgotten to comptoir_trackers;
    create table trackers.generous (account_id uuid); grant select on trackers.generous to comptoir_trackers; alter table trackers.generous enable row level security;
    create policy seen on trackers.generous for select using (account_id is not null);
    insert into trackers.forgotten values (uuidv7()); insert into trackers.generous values (uuidv7())`);
  expect(await withoutPolicies()).toEqual(['trackers.forgotten']);
  expect(await shownTo('trackers', {})).toEqual(['trackers.forgotten', 'trackers.generous']);
});
