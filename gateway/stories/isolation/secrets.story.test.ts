import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@comptoir/shared/process/log.ts';
import { type Answer, openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, hireStaff, logIn, mailedToken, ok, PASSWORD, type Person, signUp } from '../people.ts';
import { normalised, textRows } from './leaks.ts';

/** Secrets never leave (GUARD): one person's whole way in, with the log at its most talkative. */
let folder: string;
let installation: TestInstallation;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comptoir-secrets-'));
  installation = await openTestInstallation({ log: createLog('talk', { level: 'trace', file: join(folder, 'log') }) });
});
afterAll(async () => {
  await installation.stop();
  await rm(folder, { recursive: true });
});

const LOG_IN =
  'mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) { session { accessToken } userErrors { code } } }';
const REFRESH = `mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) {
  session { accessToken refreshToken } userErrors { code } } }`;
const KEY = 'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret userErrors { code } } }';
const ASK_RESET =
  'mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { mailTo userErrors { code } } }';
const RESET = `mutation ($input: PasswordResetInput!) { passwordReset(input: $input) {
  session { accessToken refreshToken } userErrors { code } } }`;

async function everySecret(): Promise<{ secrets: string[]; person: Person }> {
  const email = 'marie@boulangerie.example';
  const person = await signUp(installation, email, 'Boulangerie');
  const secrets = [PASSWORD, await mailedToken(installation, email), person.token, person.refreshToken];
  const refreshed = await done(installation, REFRESH, { refreshToken: person.refreshToken }, null);
  secrets.push(refreshed.session.accessToken, refreshed.session.refreshToken);
  const { secret } = await done(
    installation,
    KEY,
    { name: 'Key', areas: [{ area: 'TRACKERS', verb: 'READ' }] },
    person.token,
  );
  secrets.push(secret);
  await installation.ask('{ viewer { apiKey { id } } }', {}, secret);

  // What goes wrong is logged too: wrong ones, unreadable ones, ones in places of their own.
  for (const password of ['a wrong password of mine', 'nul\0password of mine']) {
    secrets.push(password);
    await ok(installation, LOG_IN, { email, password }, null);
    await installation.ask(LOG_IN, { input: { email: `nul\0${email}`, password } });
    await installation.ask(LOG_IN, { input: { email, password, unknown: password } });
    await installation.ask(
      `mutation { sessionCreate(input: { email: "${email}", password: ${JSON.stringify(password)} }) { nothing } }`,
    );
  }
  const notQuite = `${secret.slice(0, -1)}?`;
  await installation.ask('{ viewer { user { id } } }', {}, notQuite);
  await installation.ask('{ viewer { user { id } } }', {}, `${person.token}x`);
  await ok(installation, REFRESH, { refreshToken: `${refreshed.session.refreshToken}x` }, null);

  const before = installation.mailbox.all().length;
  await done(installation, ASK_RESET, { email }, null);
  await until(async () => installation.mailbox.all().length > before, 'the mail with the link');
  const token = await mailedToken(installation, email);
  const password = 'an entirely new password';
  const reset = await done(installation, RESET, { token, password }, null);
  secrets.push(token, password, reset.session.accessToken, reset.session.refreshToken);
  const again = await logIn(installation, email, password);
  return { secrets: [...secrets, again.token, again.refreshToken], person: again };
}

test('GUARD no password, token, key or link secret stands in the log or, in usable form, in the database', async () => {
  const { secrets } = await everySecret();
  expect(new Set(secrets).size).toBeGreaterThanOrEqual(14);
  const log = await readFile(join(folder, 'log'), 'utf8');
  expect(log.split('\n').length).toBeGreaterThan(30);
  expect(log).toContain('"reason":"log in"');
  expect(secrets.filter((secret) => log.includes(secret) || log.includes(JSON.stringify(secret).slice(1, -1)))).toEqual(
    [],
  );

  const { rows: tables } = await installation.admin.query(
    `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)'`,
  );
  const found: string[] = [];
  let read = 0;
  for (const table of tables) {
    for (const row of await textRows(installation, table)) {
      read += 1;
      for (const secret of secrets)
        if (row.includes(secret)) found.push(`${table.schema}.${table.name} holds ${secret.slice(0, 8)}…`);
    }
  }
  expect(read).toBeGreaterThan(20);
  expect(found).toEqual([]);
});

test('GUARD nobody learns who has a login: log-in, sign-up and reset answer known and unknown alike, by the same statements', async () => {
  await hireStaff(installation, 'known@comptoir.example');
  const asked: [string, (email: string) => object][] = [
    [LOG_IN, (email) => ({ email, password: 'not the password of anybody' })],
    [ASK_RESET, (email) => ({ email })],
    [
      'mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo userErrors { code } } }',
      (email) => ({ email, accountName: 'Somebody', language: 'EN' }),
    ],
  ];
  for (const [query, input] of asked) {
    const ask = async (email: string): Promise<unknown[]> => {
      installation.statements();
      const { status, data, errors, headers } = await installation.ask(query, { input: input(email) });
      const statements = installation.statements().identity ?? [];
      const told = normalised({ status, data, errors, length: headers.get('content-type') } as Partial<Answer>);
      // What jobs do meanwhile is not the answer's.
      return [
        told.replaceAll(email, '<email>'),
        statements.filter((sql) => /login|link|enqueue|app_user/.test(sql)).slice(0, 3),
      ];
    };
    await until(async () => {
      const { rowCount } = await installation.admin.query(`select from identity_jobs.job where state < 'completed'`);
      return rowCount === 0;
    }, 'all jobs to be done');
    expect(await ask('known@comptoir.example')).toEqual(await ask('nobody@comptoir.example'));
  }
});
