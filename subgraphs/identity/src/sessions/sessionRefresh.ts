import { Refusal } from '@comptoir/shared/refusal.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../config.ts';
import { loadEntries } from '../people/peopleStore.ts';
import {
  hashRefreshToken,
  judgeRefresh,
  REFRESH_LIFE_MS,
  type RefreshToken,
  readRefreshToken,
  successor,
} from './refreshToken.ts';
import { endSession, lockOpenSession, type OpenSession, saveRotation } from './sessionStore.ts';
import { type SessionInForce, sessionTokens } from './sessionTokens.ts';

export const sessionRefresh =
  (config: IdentityConfig): MutationResolvers['sessionRefresh'] =>
  async (_root, { input }, ctx) => {
    const token = readRefreshToken(input.refreshToken);
    const at = realNow(config);
    const refreshed =
      token === null ? null : await ctx.system('refresh a session', (tx) => refresh(tx, token, config, at));
    if (refreshed === null) return { session: null, userErrors: [refreshNotValid()] };
    return { session: await sessionTokens(refreshed, config, at), userErrors: [] };
  };

/** The session with its next token; null when the token is good for none. Null commits too: the reuse of a token ends its session. */
async function refresh(
  tx: EntityManager,
  token: RefreshToken,
  config: IdentityConfig,
  at: Date,
): Promise<SessionInForce | null> {
  const session = await lockOpenSession(tx, token.sessionId, at);
  if (session === null) return null;
  switch (judgeRefresh(session, token, config.refreshSecret, at)) {
    case 'UNKNOWN':
      return null;
    case 'REUSED':
      await endSession(tx, session.id, 'REFRESH_REUSED', at);
      return null;
    case 'RETRY':
      return await inForce(tx, session, successor(token, config.refreshSecret));
    case 'ROTATE': {
      const next = successor(token, config.refreshSecret);
      const expiresAt = new Date(at.getTime() + REFRESH_LIFE_MS);
      await saveRotation(tx, session.id, {
        generation: next.generation,
        hash: hashRefreshToken(next),
        rotatedAt: at,
        expiresAt,
      });
      return await inForce(tx, { ...session, expiresAt }, next);
    }
  }
}

/** The account stays chosen as long as the person is an active member of it. */
async function inForce(tx: EntityManager, session: OpenSession, refreshToken: RefreshToken): Promise<SessionInForce> {
  const { id, userId, accountId, expiresAt } = session;
  const entries = await loadEntries(tx, userId);
  const chosen = entries.find((entry) => entry.accountId === accountId) ?? null;
  return { sessionId: id, userId, refreshToken, expiresAt, chosen, entries };
}

const refreshNotValid = (): Refusal<'REFRESH_NOT_VALID'> =>
  new Refusal('REFRESH_NOT_VALID', 'This session cannot be continued. Log in again.', ['input', 'refreshToken']);
