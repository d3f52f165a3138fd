import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findChromium } from './chromium.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comptoir-chromium-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('CHROMIUM names the program, and nothing else is taken when that is none', async () => {
  const program = join(folder, 'mine');
  await writeFile(program, '');
  expect(findChromium({ CHROMIUM: program, PATH: process.env.PATH })).toBeNull();
  await chmod(program, 0o755);
  expect(findChromium({ CHROMIUM: program })).toBe(program);
});

test('without a Chromium the command fails, and says what to install', async () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const { NODE_OPTIONS: _jest, ...env } = process.env;
  const { code, told } = await new Promise<{ code: unknown; told: string }>((resolve) => {
    execFile(process.execPath, [main], { env: { ...env, CHROMIUM: join(folder, 'none') } }, (error, _out, told) =>
      resolve({ code: error?.code ?? 0, told }),
    );
  });
  expect(code).toBe(1);
  expect(told).toMatch(/There is no Chromium here[\s\S]*apt-get install chromium/);
});
