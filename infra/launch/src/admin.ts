import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readEmail } from '@comptoir/identity/people/email.ts';
import { createMembership, createPerson } from '@comptoir/identity/people/newPeople.ts';
import { entities } from '@comptoir/identity/tables.ts';
import { readHeads, type Sql, verifySeals } from '@comptoir/shared/audit/seal.ts';
import { findMisplaced, TRAIL } from '@comptoir/shared/audit/trailStream.ts';
import { openDatabase } from '@comptoir/shared/database/database.ts';
import { inTransaction } from '@comptoir/shared/database/transaction.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { AREAS } from '@comptoir/shared/viewer/areas.ts';
import type { DataSource } from 'typeorm';
import { type DatabaseUrls, databaseUrls } from './database/bootstrap.ts';
import { openSubgraphs } from './installation/installation.ts';
import { installationSecrets, rolePassword, type Secrets } from './installation/secrets.ts';
import {
  exportLedgerTo,
  type LedgerHouse,
  readKey,
  rebuildLedger,
  verifyExportFile,
  verifyLedger,
} from './ledger/ledgerCommands.ts';
import { withDatabase as databaseOf } from './postgres/adminClient.ts';
import { adoptPostgres } from './postgres/postgres.ts';
import { must } from './seed/execute.ts';
import { readStartEnv, type StartEnv } from './startEnv.ts';

const HELP = `npm run admin -- <command>

  staff add --email E --name N    adds one of the provider's people, with every area, and mails a link to choose a password;
                                  the first one makes the provider's account too (--provider "Name of the company")
  trail verify                    checks the sealed audit trail against its signatures and the heads file; names the first bad row, exit code 1
  ledger verify                   checks the sealed ledger against its signatures and the heads file, names the first bad row, and runs every check of the books
    --export F [--key K]          the same of an export, without a database; K is a file with the public key, left out the installation's own
  ledger export F                 writes the whole ledger with its seals to the file F, a line of JSON per row
  ledger key                      prints the public key with which the ledger's seals are verified
  ledger rebuild [--check]        makes all balances anew from the books, or only compares them; names the first difference
                                  each of them has exit code 1 when it found something

The installation is the one of npm start (its database must run), or that of DATABASE_URL.`;

const say = (sentence: string): void => void process.stdout.write(`${sentence}\n`);
const log = createLog('admin', { level: 'warn' });

/** `ownerUrl` is past every policy: for what no role of the application may do. */
type House = { env: StartEnv; secrets: Secrets; urls: DatabaseUrls; ownerUrl: string };

/** The installation that runs: its secrets, and how to reach its database. Nothing is started. */
async function findHouse(): Promise<House> {
  const env = readStartEnv(process.env);
  const secrets = await installationSecrets(env.home);
  const adminUrl = env.databaseUrl ?? (await adoptPostgres(join(env.home, 'postgres')))?.adminUrl;
  if (adminUrl === undefined)
    throw new Error('The database does not run. Start it with npm start, or set DATABASE_URL.');
  return {
    env,
    secrets,
    urls: databaseUrls(adminUrl, env.database, (role) => rolePassword(secrets, role)),
    ownerUrl: databaseOf(adminUrl, env.database),
  };
}

async function withDatabase<T>(url: string, work: (database: DataSource) => Promise<T>): Promise<T> {
  const database = await openDatabase({ url, name: 'admin', entities, poolSize: 1, log });
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}

const scope = () => ({
  viewer: { kind: 'SERVICE', service: 'identity', requestId: newId(), address: null } as const,
  now: new Date(),
});

/** Adds a person to the provider's account as STAFF. They choose their password by a mailed link, like everybody. */
async function addStaff({ email, name, provider }: { email: string; name: string; provider: string }): Promise<void> {
  const address = readEmail(email);
  if (address === null) throw new Error(`${email} is no e-mail address.`);
  const installation = await findHouse();
  const accountId = await withDatabase(installation.urls.accounts.system, (database) =>
    inTransaction(database, scope(), async (tx) => {
      await tx.query(
        `insert into account (id, kind, name, created_at) values ($1, 'PROVIDER', $2, $3) on conflict do nothing`,
        [newId(), provider, new Date()],
      );
      return (await tx.query(`select id from account where kind = 'PROVIDER'`))[0].id as string;
    }),
  );
  await withDatabase(installation.urls.identity.system, (database) =>
    inTransaction(database, scope(), async (tx) => {
      const createdAt = new Date();
      const added = await createPerson(tx, {
        email: address,
        displayName: name,
        language: 'EN',
        passwordHash: null,
        verified: true,
        createdAt,
      });
      const userId = added ?? (await tx.query('select id from app_user where email = $1', [address]))[0].id;
      const areas = AREAS.map((area) => `${area}:WRITE` as const);
      const membershipId = await createMembership(tx, {
        userId,
        accountId,
        type: 'CONTACT',
        role: 'STAFF',
        areas,
        accountReady: true,
        createdAt,
      });
      // One that was there already is left as it is, and a role is never raised in passing.
      const [{ role }] = await tx.query('select role from membership where id = $1', [membershipId]);
      if (role !== 'STAFF')
        throw new Error(`${address} is in the provider's account as ${role}. Remove them there first.`);
    }),
  );
  const { env, secrets, urls } = installation;
  const mail = { smtpUrl: env.smtpUrl ?? 'smtp://127.0.0.1', from: env.mailFrom };
  const subgraphs = await openSubgraphs({
    databaseUrls: urls,
    secrets,
    mail,
    publicUrl: env.publicUrl,
    log,
    poolSize: { request: 1, system: 1, waitMs: 30_000 },
  });
  const nobody = { kind: 'ANONYMOUS', userId: null, sessionId: null, requestId: newId(), address: null } as const;
  await must(
    subgraphs.identity,
    'mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { userErrors { message } } }',
    { input: { email: address } },
    nobody,
  );
  await Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.stop()));
  say(
    `${address} is staff of the provider. A link to choose a password is on its way by mail, sent by the running installation.`,
  );
}

/**
 * What the commands of the ledger need. `key` is a file with the public key, for those who have no secrets of the
 * installation.
 */
async function ledgerHouse(key?: string): Promise<LedgerHouse> {
  const env = readStartEnv(process.env);
  return {
    key: key === undefined ? (await installationSecrets(env.home)).keys.billing : readKey(key),
    headsFile: env.ledgerHeads,
    say,
    async inDatabase(isolation, work, as = 'system') {
      const { urls, ownerUrl } = await findHouse();
      return await withDatabase(as === 'owner' ? ownerUrl : urls.billing.system, (database) =>
        database.transaction(isolation, async (tx) => {
          await tx.query('set local statement_timeout = 0; set local lock_timeout = 0');
          return await work(tx);
        }),
      );
    },
  };
}

async function verifyTrail(): Promise<void> {
  const { env, secrets, urls } = await findHouse();
  const heads = readHeads(env.trailHeads, TRAIL.name);
  const found = await withDatabase(urls.identity.system, (database) =>
    database.transaction('REPEATABLE READ', async (tx) => {
      const sql: Sql = (text, values) => tx.query(text, values);
      const report = await verifySeals(sql, TRAIL, { key: secrets.keys.identity, heads });
      return { ...report, misplaced: await findMisplaced(sql) };
    }),
  );
  say(
    `${found.rows} sealed rows, ${found.checkpoints} checkpoints, ${heads.length} heads in ${env.trailHeads}; ${found.unsealed} rows wait to be sealed.`,
  );
  if (heads.length === 0 && found.checkpoints > 0)
    say('There are no heads outside the database: whether its end was cut off cannot be told.');
  if (found.misplaced !== null) {
    say(
      `The trail is NOT shown as it is: row ${found.misplaced} is missing from the trail of an account, or stands in a wrong one.`,
    );
    process.exitCode = 1;
  }
  if (found.problem === null) return say('The sealed rows are sound.');
  const { position, rowId, problem } = found.problem;
  say(`The trail is NOT sound. Place ${position}${rowId === null ? '' : `, row ${rowId}`}: ${problem}.`);
  process.exitCode = 1;
}

/** Null when there is no such command; otherwise whether it found all well. */
async function ledgerCommand(
  [command, file, ...more]: string[],
  { key, check, export: exported }: { key?: string; check: boolean; export?: string },
): Promise<boolean | null> {
  if (more.length > 0 || (file !== undefined) !== (command === 'export')) return null;
  const installation = await ledgerHouse(key);
  if (command === 'verify')
    return exported === undefined ? await verifyLedger(installation) : await verifyExportFile(installation, exported);
  if (command === 'export' && file !== undefined) return await exportLedgerTo(installation, file);
  if (command === 'rebuild') return await rebuildLedger(installation, check);
  if (command !== 'key') return null;
  const { d: _private, ...publicKey } = installation.key;
  say(JSON.stringify(publicKey));
  return true;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      email: { type: 'string' },
      name: { type: 'string' },
      provider: { type: 'string', default: 'Provider' },
      export: { type: 'string' },
      key: { type: 'string' },
      check: { type: 'boolean', default: false },
    },
  });
  const command = positionals.join(' ');
  if (command === 'trail verify') return await verifyTrail();
  if (positionals[0] === 'ledger') {
    const sound = await ledgerCommand(positionals.slice(1), values);
    if (sound === false) process.exitCode = 1;
    if (sound !== null) return;
  }
  if (command === 'staff add' && values.email !== undefined && values.name !== undefined) {
    return await addStaff({ email: values.email, name: values.name, provider: values.provider });
  }
  say(HELP);
  if (command !== 'help') process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
