import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { importJWK, jwtVerify, SignJWT } from 'jose';
import { installationSecrets, publicKeys, rolePassword } from './secrets.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'comptoir-secrets-test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('secrets are made once, for several who ask at the same time too, and nobody else may read them', async () => {
  const asked = await Promise.all([installationSecrets(dir), installationSecrets(dir), installationSecrets(dir)]);
  expect(asked[1]).toEqual(asked[0]);
  expect(asked[2]).toEqual(asked[0]);
  expect(await installationSecrets(dir)).toEqual(asked[0]);
  expect((await stat(join(dir, 'secrets.json'))).mode & 0o777).toBe(0o600);
});

test('what a signer signs is verified by its public key, which holds nothing private', async () => {
  const secrets = await installationSecrets(dir);
  const shown = publicKeys(secrets);
  expect(Object.values(shown).some((key) => 'd' in key)).toBe(false);

  const signed = await new SignJWT({}).setProtectedHeader({ alg: 'EdDSA' }).sign(await importJWK(secrets.keys.billing));
  await expect(jwtVerify(signed, await importJWK(shown.billing))).resolves.toBeDefined();
  await expect(jwtVerify(signed, await importJWK(shown.gateway))).rejects.toThrow('signature verification failed');
});

test('a damaged file is refused, not replaced', async () => {
  await writeFile(join(dir, 'secrets.json'), '{"roleSecret": "x"');
  await expect(installationSecrets(dir)).rejects.toThrow(/is damaged/);
});

test('a role password differs by role and by installation', () => {
  const of = (roleSecret: string, role: string) => rolePassword({ roleSecret }, role);
  expect(of('a', 'one')).toBe(of('a', 'one'));
  expect(new Set([of('a', 'one'), of('a', 'two'), of('b', 'one')]).size).toBe(3);
});
