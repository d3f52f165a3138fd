import { createHash, randomBytes } from 'node:crypto';

/** A secret for a link: 256 random bits for the mail, and what is stored of it. */
export function newLinkSecret(): { secret: string; hash: string } {
  const secret = randomBytes(32).toString('base64url');
  return { secret, hash: hashOf(secret) };
}

/** The hash by which a link's secret is stored; null for a text that cannot be one. */
export const readLinkSecret = (text: string): string | null => (/^[\w-]{43}$/.test(text) ? hashOf(text) : null);

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
