import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'ck_';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^27 exceeds 2^160, and 62^6 exceeds 2^32. */
const BODY_LENGTH = 27;
const CHECKSUM_LENGTH = 6;
const SHAPE = new RegExp(`^${PREFIX}[0-9A-Za-z]{${BODY_LENGTH + CHECKSUM_LENGTH}}$`);

/** True for a text that means to be an API key, whether or not it is one. */
export const looksLikeApiKey = (text: string): boolean => text.startsWith(PREFIX);

/**
 * A new API key (G15): `ck_`, 160 random bits in base 62, and their CRC-32, so that a mistyped key is refused without a
 * query and scanners of leaked secrets recognise it. `text` is shown once; only `hash` and `lastFour` are stored.
 */
export function newApiKey(): { text: string; hash: string; lastFour: string } {
  const body = PREFIX + base62(BigInt(`0x${randomBytes(20).toString('hex')}`), BODY_LENGTH);
  const text = body + checksum(body);
  return { text, hash: hashOf(text), lastFour: text.slice(-4) };
}

/** The hash by which the key is stored, or null when its shape or checksum is wrong: then no one needs to be asked. */
export function readApiKey(text: string): string | null {
  if (!SHAPE.test(text)) return null;
  const body = text.slice(0, -CHECKSUM_LENGTH);
  return checksum(body) === text.slice(-CHECKSUM_LENGTH) ? hashOf(text) : null;
}

// A key is 160 random bits, so a plain SHA-256 cannot be guessed back: a slow hash would only slow us.
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const checksum = (body: string): string => base62(BigInt(crc32(body)), CHECKSUM_LENGTH);

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = DIGITS[Number(rest % 62n)] + text;
  return text;
}
