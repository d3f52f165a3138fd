import { createHmac, randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SUBGRAPHS, type SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { readOrCreate } from '../machine/files.ts';

/** Who signs with a key of its own. */
export type Signer = 'gateway' | SubgraphName;
const SIGNERS: readonly Signer[] = ['gateway', ...SUBGRAPHS];

/** What an installation keeps to itself: it is made once, on the first start. */
export type Secrets = {
  /** The passwords of the database roles are derived from it. */
  roleSecret: string;
  /** Ed25519 private keys. */
  keys: Record<Signer, JWK>;
};

/**
 * Reads `secrets.json` in the folder, or makes it, readable by its owner only. Throws when it is there but not whole.
 */
export async function installationSecrets(dir: string): Promise<Secrets> {
  await mkdir(dir, { recursive: true });
  const file = join(dir, 'secrets.json');
  const secrets = parse(await readOrCreate(file, async () => `${JSON.stringify(await newSecrets(), null, 2)}\n`));
  if (secrets === null)
    throw new Error(
      `${file} is damaged. Restore it, or remove it to make new secrets: everybody must then log in again.`,
    );
  return secrets;
}

/** The public half of every key, as those get it who verify. */
export function publicKeys(secrets: Secrets): Record<Signer, JWK> {
  return Object.fromEntries(
    SIGNERS.map((signer) => {
      const { d: _private, ...shown } = secrets.keys[signer];
      return [signer, shown];
    }),
  ) as Record<Signer, JWK>;
}

/** The password of a database role: the same for the same installation, of no use for another role. */
export const rolePassword = (secrets: Pick<Secrets, 'roleSecret'>, role: string): string =>
  createHmac('sha256', secrets.roleSecret).update(role).digest('base64url');

/** A further secret of the installation for one purpose, which is no role's name. */
export const derivedSecret = (secrets: Pick<Secrets, 'roleSecret'>, purpose: string): string =>
  rolePassword(secrets, `secret for ${purpose}`);

async function newSecrets(): Promise<Secrets> {
  const keys = await Promise.all(
    SIGNERS.map(async (signer) => {
      const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
      return [signer, { ...(await exportJWK(privateKey)), alg: 'EdDSA' }];
    }),
  );
  return { roleSecret: randomBytes(32).toString('base64url'), keys: Object.fromEntries(keys) };
}

function parse(text: string): Secrets | null {
  try {
    const { roleSecret, keys } = JSON.parse(text) as Secrets;
    const whole =
      roleSecret.length >= 32 &&
      SIGNERS.every((signer) => keys[signer].crv === 'Ed25519' && typeof keys[signer].d === 'string');
    return whole ? { roleSecret, keys } : null;
  } catch {
    return null;
  }
}
