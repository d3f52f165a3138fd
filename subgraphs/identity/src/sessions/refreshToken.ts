import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Refresh tokens form a chain: each is derived from the one before with a key of ours, so that a client whose answer
 * was lost can ask again and get the same successor, while only a hash of the current one is stored. An old token
 * proves itself by leading to the current one.
 */
export type RefreshToken = { sessionId: string; generation: number; secret: Buffer };

const PREFIX = 'rt_';
const ID_BYTES = 16;
const SECRET_BYTES = 32;
const SHAPE = new RegExp(`^${PREFIX}[\\w-]{70}$`);

/** How long a used token may ask again for its successor, in milliseconds. */
export const RETRY_MS = 10_000;
/** How long a session lives without a refresh, in milliseconds. */
export const REFRESH_LIFE_MS = 30 * 86_400_000;
/** How far back a stolen token is recognised as one of the session's; an older one is refused all the same. */
const MAX_CHAIN = 10_000;

export const firstRefreshToken = (sessionId: string): RefreshToken => ({
  sessionId,
  generation: 0,
  secret: randomBytes(SECRET_BYTES),
});

export function writeRefreshToken({ sessionId, generation, secret }: RefreshToken): string {
  const bytes = Buffer.alloc(ID_BYTES + 4);
  bytes.write(sessionId.replaceAll('-', ''), 'hex');
  bytes.writeUInt32BE(generation, ID_BYTES);
  return PREFIX + Buffer.concat([bytes, secret]).toString('base64url');
}

/** Reads what `writeRefreshToken` wrote; null for any other text. */
export function readRefreshToken(text: string): RefreshToken | null {
  if (!SHAPE.test(text)) return null;
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64url');
  const hex = bytes.toString('hex', 0, ID_BYTES);
  return {
    sessionId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    generation: bytes.readUInt32BE(ID_BYTES),
    secret: bytes.subarray(ID_BYTES + 4),
  };
}

/** What is stored of a token. */
export const hashRefreshToken = (token: RefreshToken): string =>
  createHash('sha256').update(writeRefreshToken(token)).digest('hex');

/** The next token of the session; the same one, however often it is asked for. */
export function successor(token: RefreshToken, key: string): RefreshToken {
  const secret = createHmac('sha256', key).update('refresh token').update(writeRefreshToken(token)).digest();
  return { sessionId: token.sessionId, generation: token.generation + 1, secret };
}

/** What is known of a session's chain: the number and hash of the current token, and since when it is that. */
export type Chain = { generation: number; hash: string; lastSeenAt: Date };

/**
 * What a token of a session that has not ended is worth: ROTATE for the current one; RETRY for the one before within
 * ten seconds; REUSED for any older one, which ends the session; UNKNOWN when it was never one of this session.
 */
export function judgeRefresh(
  chain: Chain,
  token: RefreshToken,
  key: string,
  at: Date,
): 'ROTATE' | 'RETRY' | 'REUSED' | 'UNKNOWN' {
  const steps = chain.generation - token.generation;
  if (steps < 0 || steps > MAX_CHAIN) return 'UNKNOWN';
  let reached = token;
  for (let step = 0; step < steps; step += 1) reached = successor(reached, key);
  if (!timingSafeEqual(Buffer.from(hashRefreshToken(reached)), Buffer.from(chain.hash))) return 'UNKNOWN';
  if (steps === 0) return 'ROTATE';
  return steps === 1 && at.getTime() - chain.lastSeenAt.getTime() <= RETRY_MS ? 'RETRY' : 'REUSED';
}
