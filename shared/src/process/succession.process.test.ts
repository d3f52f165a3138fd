import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@comptoir/testing/until.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Said } from './succession.ts';

/** A service that leaves when it is told to, as ours do, and prints how often. */
const SERVICE = `
import { onLeave, sayListening, untilSucceeded } from ${JSON.stringify(new URL('./succession.ts', import.meta.url).href)};
const port = setInterval(() => undefined, 1_000);
onLeave(async (why) => {
  console.log(why);
  const { allEnds } = await untilSucceeded();
  console.log(allEnds);
  clearInterval(port);
});
sayListening();
`;

let home: string;
let service: ChildProcess;
let printed: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'comptoir-leaving-'));
  await writeFile(join(home, 'service.mjs'), SERVICE);
  service = spawn(process.execPath, [join(home, 'service.mjs')], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  printed = '';
  service.stdout?.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  expect(await heard()).toBe('listening');
});
afterEach(async () => {
  service.kill('SIGKILL');
  await rm(home, { recursive: true, force: true });
});

const heard = async (): Promise<Said> => (await once(service, 'message'))[0];

test('a service ends when its supervisor is gone: nobody else would end it, and it has the port', async () => {
  const exited = once(service, 'exit');
  service.disconnect();
  expect(await exited).toEqual([0, null]);
  await until(() => printed === 'its supervisor is gone\nfalse\n', 'all that it prints');
});

test('a service that is told to leave twice leaves once, and what it does is not cut off', async () => {
  service.kill('SIGTERM');
  expect(await heard()).toBe('leaving');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) service.kill(signal);
  const exited = once(service, 'exit');
  service.send('end' satisfies Said);
  expect(await exited).toEqual([0, null]);
  await until(() => printed === 'SIGTERM\ntrue\n', 'all that it prints');
});

test('a service whose supervisor goes while it leaves leaves all the same', async () => {
  service.kill('SIGTERM');
  expect(await heard()).toBe('leaving');
  const exited = once(service, 'exit');
  service.disconnect();
  expect(await exited).toEqual([0, null]);
  await until(() => printed === 'SIGTERM\nfalse\n', 'all that it prints');
});
