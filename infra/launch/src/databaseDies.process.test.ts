import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownServerFolder, removeServer } from '@comptoir/testing/ownServers.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { freePort, freePortsInARow } from './machine/ports.ts';
import { adoptPostgres } from './postgres/postgres.ts';

/** `npm start` as somebody runs it whose packaged database is killed. */
let home: string;
let env: Record<string, string>;
let child: ChildProcess;
let said: string;
const hear = (chunk: Buffer): void => {
  said += chunk.toString();
};
beforeAll(async () => {
  home = await ownServerFolder();
  const names = ['PORT', 'MAIL_SMTP_PORT', 'MAIL_WEB_PORT', 'POSTGRES_PORT'];
  const ports = await Promise.all(names.map(async (name) => [name, String(await freePort())]));
  env = {
    ...Object.fromEntries(ports),
    SUBGRAPH_PORT: String(await freePortsInARow(4)),
    COMPTOIR_HOME: home,
    DEMO: 'off',
    LOG_LEVEL: 'warn',
  };
});
afterEach(() => {
  if (child.exitCode === null) child.kill('SIGKILL');
});

afterAll(() => removeServer(join(home, 'postgres')));

/** A log-in by no one: every subgraph that it takes looks into the database. */
async function answers(): Promise<boolean> {
  const query =
    'mutation { sessionCreate(input: { email: "nobody@example.org", password: "wrong" }) { userErrors { code } } }';
  const response = await fetch(`http://127.0.0.1:${env.PORT}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  }).catch(() => null);
  const answer = (await response?.json().catch(() => null)) as { data?: { sessionCreate: { userErrors: unknown[] } } };
  return answer?.data?.sessionCreate.userErrors.length === 1;
}

test.each([[[]], [['--services']]])(
  'a packaged PostgreSQL that dies is started again, and the API answers again: npm start %j',
  async (args) => {
    const { NODE_OPTIONS: _jest, ...own } = process.env;
    said = '';
    child = spawn(process.execPath, [fileURLToPath(new URL('./start.ts', import.meta.url)), ...args], {
      env: { ...own, ...env },
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', hear);
    await until(async () => said.includes('Ctrl-C stops everything'), 'it to be up', 120_000);
    expect(await answers()).toBe(true);

    const before = await adoptPostgres(join(home, 'postgres'));
    process.kill(before?.pid as number, 'SIGKILL');
    await until(async () => said.includes('PostgreSQL runs again'), 'the server to be started again');
    await until(answers, 'the API to answer again');
    const after = await adoptPostgres(join(home, 'postgres'));
    expect([after?.port, after?.pid === before?.pid]).toEqual([before?.port, false]);

    const exited = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(await adoptPostgres(join(home, 'postgres'))).toBeNull();
  },
);
