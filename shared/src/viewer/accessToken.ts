import { errors, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import type { Actor } from './viewer.ts';

const TYPE = 'at+jwt';
const ALGORITHM = 'EdDSA';
const ISSUER = 'identity';
const AUDIENCE = 'gateway';

/**
 * How long an access token is good for. It is bound to a session, so a log-out ends it within a second all the same.
 */
export const ACCESS_TOKEN_SECONDS = 600;

/** What an access token says: who, in which session, for which account (null: none chosen yet). */
export type AccessClaims = { userId: string; sessionId: string; accountId: string | null };

/** One signature per log-in and JWK objects that live as long as the process: import each once. */
const imported = new WeakMap<JWK, Promise<CryptoKey>>();

/**
 * A token that the gateway accepts for ten minutes of real time from `at`, or until `until`, and the instant at which
 * that ends. `actor` says who acts for the account (RFC 8693 `act`): for anyone who reads the token; the gateway asks
 * identity.
 */
export async function signAccessToken(
  { userId, sessionId, accountId }: AccessClaims,
  { key, at, until, actor }: { key: JWK; at: Date; until?: Date; actor?: Actor },
): Promise<{ token: string; expiresAt: Date }> {
  const issuedAt = Math.floor(at.getTime() / 1_000);
  const expiresAt = Math.min(issuedAt + ACCESS_TOKEN_SECONDS, Math.floor((until?.getTime() ?? Infinity) / 1_000));
  const act = actor === undefined ? {} : { act: { sub: actor.userId, acc: actor.accountId, lia: actor.loginAsId } };
  const token = await new SignJWT({ sid: sessionId, acc: accountId, ...act })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(await importKey(key));
  return { token, expiresAt: new Date(expiresAt * 1_000) };
}

/**
 * What the token says, or null for any token that is not exactly ours: type, algorithm, issuer, audience, signature.
 * One that was ours and is too old is 'EXPIRED': only its holder can show such a one, and may be told what to do next.
 */
export async function verifyAccessToken(token: string, key: JWK): Promise<AccessClaims | 'EXPIRED' | null> {
  try {
    const { payload } = await jwtVerify(token, await importKey(key), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'sid', 'exp'],
      maxTokenAge: ACCESS_TOKEN_SECONDS,
    });
    const { sub, sid, acc } = payload;
    if (typeof sub !== 'string' || typeof sid !== 'string' || (typeof acc !== 'string' && acc !== null)) return null;
    return { userId: sub, sessionId: sid, accountId: acc };
  } catch (error) {
    return error instanceof errors.JWTExpired ? 'EXPIRED' : null;
  }
}

function importKey(key: JWK): Promise<CryptoKey> {
  let found = imported.get(key);
  if (found === undefined) {
    found = importJWK(key, ALGORITHM) as Promise<CryptoKey>;
    imported.set(key, found);
  }
  return found;
}
