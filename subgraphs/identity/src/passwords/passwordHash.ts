import { isStorable } from '@comptoir/shared/values/text.ts';
import { hash, verify } from '@node-rs/argon2';
import { hashLane } from './lanes.ts';
import { MAX_LENGTH } from './password.ts';

/** argon2id (the library's default) as OWASP advises: 19 MiB, two passes, one lane; some 20 ms. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** No one's password, hashed at the same cost: checked where there is no login, so that both take the same time. */
export const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$ygSNdphenCNfDu9tLkO35g$A5V3ENjY223jv1Uos17lY67iyt6gV7A08L9ySfHGzhk';

/** What is stored of a password. Throws OVERLOADED when too many wait. */
export async function hashPassword(password: string): Promise<string> {
  return await hashLane(() => hash(password, COST));
}

/**
 * Whether the password is the one that was hashed; without a hash it takes the same time and is not. Throws OVERLOADED
 * when too many wait.
 */
export async function passwordMatches(password: string, stored: string | null): Promise<boolean> {
  // No password is longer than this, or holds what cannot be kept. The work is done all the same, on what can be a
  // password.
  const readable = [...password.slice(0, 2 * MAX_LENGTH + 1)].length <= MAX_LENGTH && isStorable(password);
  const matches = await hashLane(() => verify(stored ?? NOBODYS_HASH, readable ? password : ''));
  return matches && readable && stored !== null;
}
