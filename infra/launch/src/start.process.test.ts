import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownServerFolder, removeServer } from '@comptoir/testing/ownServers.ts';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { freePort, freePortsInARow } from './machine/ports.ts';

/** `npm start` as a newcomer has it, with a home and ports of its own. */
let home: string;
let ports: Record<string, string>;
let child: ChildProcess | null = null;

beforeAll(async () => {
  home = await ownServerFolder();
  const names = ['PORT', 'MAIL_SMTP_PORT', 'MAIL_WEB_PORT', 'POSTGRES_PORT'];
  ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, String(await freePort())])));
});
afterEach(() => {
  if (child?.exitCode === null) child.kill('SIGKILL');
});

function launch(...args: string[]): { output: () => string; saying: (text: string) => Promise<void> } {
  let said = '';
  // Jest's own variables would make the child load things for Jest.
  const { NODE_OPTIONS: _jest, ...env } = process.env;
  child = spawn(process.execPath, [fileURLToPath(new URL('./start.ts', import.meta.url)), ...args], {
    env: { ...env, ...ports, COMPTOIR_HOME: home, LOG_LEVEL: 'warn' },
  });
  const heard = new EventTarget();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      heard.dispatchEvent(new Event('said'));
    });
  }
  child.once('exit', () => heard.dispatchEvent(new Event('said')));
  return {
    output: () => said,
    async saying(text) {
      const signal = AbortSignal.timeout(120_000);
      while (!said.includes(text)) {
        if (child?.exitCode !== null) throw new Error(`It ended without saying "${text}":\n${said}`);
        await once(heard, 'said', { signal });
      }
    },
  };
}

/** Ctrl-C, and the exit code that follows. */
async function interrupt(): Promise<number | null> {
  const exited = once(child as ChildProcess, 'exit');
  child?.kill('SIGINT');
  const [code] = await exited;
  return code as number | null;
}

/** Every process whose command line names our home, ports or own children: none may be left. */
function leftovers(): string[] {
  const marks = [home, `mailCatcherProcess.ts ${ports.MAIL_SMTP_PORT}`];
  const lines = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n');
  return lines.filter(
    (line) => marks.some((mark) => line.includes(mark)) || line.includes(`port=${ports.POSTGRES_PORT} `),
  );
}

async function firstQuery(output: string): Promise<unknown> {
  const key = /\n {4}(ck_\w+)/.exec(output)?.[1];
  const response = await fetch(`http://127.0.0.1:${ports.PORT}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: '{ viewer { account { name clients(first: 1) { nodes { name } } } } }' }),
  });
  return await response.json();
}

const ANSWER = {
  data: { viewer: { account: { name: 'Agence Lumière', clients: { nodes: [{ name: 'Boulangerie Martin' }] } } } },
};

test('a first start makes everything, answers the printed query, and Ctrl-C leaves no process behind', async () => {
  const first = launch();
  await first.saying('Ctrl-C stops everything');
  expect(first.output()).toMatch(/demo data is there: a partner with 12 clients/);
  expect(await firstQuery(first.output())).toEqual(ANSWER);
  const mails = await fetch(`http://127.0.0.1:${ports.MAIL_WEB_PORT}/`);
  expect(mails.status).toBe(200);
  expect(leftovers().length).toBeGreaterThan(1);
  expect(await interrupt()).toBe(0);
  expect(leftovers()).toEqual([]);
});

test('a second start keeps the data, as five processes too', async () => {
  ports = { ...ports, SUBGRAPH_PORT: String(await freePortsInARow(4)) };
  const second = launch('--services');
  await second.saying('Ctrl-C stops everything');
  expect(second.output()).not.toMatch(/demo data is there/);
  expect(await firstQuery(second.output())).toEqual(ANSWER);
  expect(await interrupt()).toBe(0);
  expect(leftovers()).toEqual([]);
});

test('a taken port is told with the way out, before anything is started', async () => {
  const squatter = createServer().listen(Number(ports.PORT), '127.0.0.1');
  await once(squatter, 'listening');
  const refused = launch();
  const [code] = await once(child as ChildProcess, 'exit');
  expect(code).toBe(1);
  expect(refused.output()).toContain(
    `Port ${ports.PORT} is taken. Is Comptoir running already? Otherwise set PORT to another port`,
  );
  expect(leftovers()).toEqual([]);
  squatter.close();
});

test('production refuses to start on a demo, on the packaged database, without a mail server and with payments that nobody pays', async () => {
  ports = { ...ports, NODE_ENV: 'production', DEMO: 'on' };
  const refused = launch();
  const [code] = await once(child as ChildProcess, 'exit');
  expect(code).toBe(1);
  for (const name of ['DATABASE_URL', 'SMTP_URL', 'PUBLIC_URL', 'MAIL_FROM', 'DEMO', 'PAYMENT_PROVIDER'])
    expect(refused.output()).toContain(`${name} must be`);
  await removeServer(join(home, 'postgres'));
});
