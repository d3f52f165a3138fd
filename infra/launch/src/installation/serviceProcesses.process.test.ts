import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PORTS_CAN_BE_SHARED } from '@comptoir/shared/process/listen.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runService, type ServiceProcess } from './serviceProcesses.ts';

/**
 * A service that says what ours say, starts only while the file `broken` is not there, and writes down what it hears.
 */
const SERVICE = `
import { appendFileSync, existsSync } from 'node:fs';
process.chdir(import.meta.dirname);
const note = (what) => appendFileSync('notes', process.pid + ' ' + what + '\\n');
if (existsSync('broken')) { note('broken'); process.exit(1); }
let told = false;
process.on('SIGTERM', () => {
  if (told) return;
  told = true;
  process.on('message', (said) => { note(said); process.exit(0); });
  note('leaving');
  process.send('leaving');
});
setInterval(() => undefined, 1_000);
note('listening, REPLACING=' + process.env.REPLACING);
process.send('listening');
`;

let home: string;
let service: ServiceProcess;
let crashes: number;
const at = (name: string): string => join(home, name);
const notes = async (): Promise<string> => (existsSync(at('notes')) ? await readFile(at('notes'), 'utf8') : '');

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'comptoir-supervised-'));
  await writeFile(at('service.mjs'), SERVICE);
  crashes = 0;
  service = runService({
    name: 'service',
    script: pathToFileURL(at('service.mjs')),
    env: {},
    logFile: at('log'),
    onCrash: () => {
      crashes += 1;
    },
  });
  await until(async () => (await notes()).includes('listening'), 'it to listen');
});
afterEach(async () => {
  await service.stop();
  await rm(home, { recursive: true, force: true });
});

test('one that is told to leave does so when the next one listens', async () => {
  const first = service.pid() as number;
  process.kill(first, 'SIGTERM');
  await until(async () => (await notes()).includes(`${first} succeeded`), 'it to be succeeded');
  await until(() => service.pid() !== null && service.pid() !== first, 'the next one');
  const next = service.pid() as number;
  await until(async () => (await notes()).includes(`${next} listening`), 'the next one to listen');
  if (PORTS_CAN_BE_SHARED) {
    const said = (await notes()).split('\n');
    expect(said.slice(1, 4)).toEqual([`${first} leaving`, `${next} listening, REPLACING=on`, `${first} succeeded`]);
  }
  expect(crashes).toBe(0);
});

test('one that cannot start takes nobody’s place', async () => {
  const first = service.pid() as number;
  await writeFile(at('broken'), '');
  process.kill(first, 'SIGTERM');
  if (!PORTS_CAN_BE_SHARED) return;
  await until(async () => (await notes()).split('broken').length > 2, 'two to fail');
  expect(await notes()).not.toContain(`${first} succeeded`);
  await rm(at('broken'));
  await until(async () => (await notes()).includes(`${first} succeeded`), 'it to be succeeded');
  expect(crashes).toBeGreaterThanOrEqual(2);
});

test('when all ends, nobody waits for a successor', async () => {
  const first = service.pid() as number;
  await writeFile(at('broken'), '');
  process.kill(first, 'SIGTERM');
  await until(async () => (await notes()).includes(`${first} leaving`), 'it to say so');
  await service.stop();
  expect(service.pid()).toBeNull();
  expect(await notes()).toMatch(new RegExp(`${first} (end|succeeded)`));
});
