import { newId } from '@comptoir/shared/values/uuid.ts';
import { signAccessToken } from '@comptoir/shared/viewer/accessToken.ts';
import type { EntityManager } from 'typeorm';
import type { SessionTokens } from '../../generated/graphql.ts';
import type { IdentityConfig } from '../base/config.ts';
import { type Door, enter } from '../people/doors.ts';
import { type EntryRow, loadEntries } from '../people/peopleStore.ts';
import {
  firstRefreshToken,
  hashRefreshToken,
  REFRESH_LIFE_MS,
  type RefreshToken,
  writeRefreshToken,
} from './refreshToken.ts';
import { addSession } from './sessionStore.ts';

/** A session as its tokens are made of it. */
export type SessionInForce = {
  sessionId: string;
  userId: string;
  /** Null where the client keeps the one it has. */
  refreshToken: RefreshToken | null;
  expiresAt: Date;
  chosen: EntryRow | null;
  entries: EntryRow[];
};

/** Accounts shown at log-in; `viewer.memberships` pages all of them. */
const MAX_SHOWN = 100;

export type Tokens = Omit<SessionTokens, 'membership' | 'memberships'> & {
  membership: EntryRow | null;
  memberships: EntryRow[];
};

/**
 * Opens a session for a person who has just shown who they are; `chosen` is the one of `entries` to act by, null for
 * none yet. For the system role.
 */
export async function openSession(
  tx: EntityManager,
  session: { userId: string; entries: EntryRow[]; chosen: EntryRow | null; address: string | null; at: Date },
): Promise<SessionInForce> {
  const { userId, entries, chosen, address, at } = session;
  const sessionId = newId();
  const refreshToken = firstRefreshToken(sessionId);
  const expiresAt = new Date(at.getTime() + REFRESH_LIFE_MS);
  const accountId = chosen?.accountId ?? null;
  await addSession(tx, {
    id: sessionId,
    userId,
    accountId,
    hash: hashRefreshToken(refreshToken),
    expiresAt,
    address,
    at,
  });
  return { sessionId, userId, refreshToken, expiresAt, chosen, entries };
}

/**
 * Opens a session for anyone who followed a mailed link: for the only account there is, as far as its network lists
 * admit the address; a link gets its owner in from anywhere, but not into an account (G11).
 */
export async function openSessionByLink(
  tx: EntityManager,
  door: Extract<Door, 'SIGN_UP_LINK' | 'RESET_LINK'>,
  { userId, address, at }: { userId: string; address: string | null; at: Date },
): Promise<SessionInForce> {
  const entries = await loadEntries(tx, userId);
  const chosen = enter(door, entries, null, address);
  return await openSession(tx, { userId, entries, chosen, address, at });
}

/** What the client gets of a session, with an access token that begins at `at`. */
export async function sessionTokens(
  session: SessionInForce,
  { signingKey }: IdentityConfig,
  at: Date,
): Promise<Tokens> {
  const { sessionId, userId, refreshToken, expiresAt, chosen, entries } = session;
  const claims = { userId, sessionId, accountId: chosen?.accountId ?? null };
  const access = await signAccessToken(claims, { key: signingKey, at });
  return {
    sessionId,
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    refreshToken: refreshToken === null ? null : writeRefreshToken(refreshToken),
    refreshTokenExpiresAt: expiresAt,
    membership: chosen,
    memberships: entries.slice(0, MAX_SHOWN),
  };
}
