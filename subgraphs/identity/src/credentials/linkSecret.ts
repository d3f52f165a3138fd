import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { IdentityConfig } from '../base/config.ts';

/** A secret of 256 random bits, and what is stored of it. */
export function newLinkSecret(): { secret: string; hash: string } {
  const secret = randomBytes(32).toString('base64url');
  return { secret, hash: hashOf(secret) };
}

/**
 * The secret of the link in a mail, and what is stored of it. Derived from the mail's job with a key of ours, so that a
 * job that comes again after a crash writes the same mail: whichever of the two a receiver keeps, its link works.
 */
export function mailedSecret(jobId: string, { refreshSecret }: IdentityConfig): { secret: string; hash: string } {
  const secret = createHmac('sha256', refreshSecret).update('link secret').update(jobId).digest('base64url');
  return { secret, hash: hashOf(secret) };
}

/** The hash by which a link's secret is stored; null for a text that cannot be one. */
export const readLinkSecret = (text: string): string | null => (/^[\w-]{43}$/.test(text) ? hashOf(text) : null);

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
