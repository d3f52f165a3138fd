import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { refusesAddress } from '../people/doors.ts';
import { loadEntries } from '../people/peopleStore.ts';
import {
  hashRefreshToken,
  judgeRefresh,
  REFRESH_LIFE_MS,
  type RefreshToken,
  readRefreshToken,
  successor,
} from './refreshToken.ts';
import { endSession, lockOpenSession, saveRotation } from './sessionStore.ts';
import { type SessionInForce, sessionTokens } from './sessionTokens.ts';

export const sessionRefresh =
  (config: IdentityConfig): MutationResolvers['sessionRefresh'] =>
  async (_root, { input }, ctx) => {
    const token = readRefreshToken(input.refreshToken);
    const at = realNow(config);
    const { address } = ctx.viewer;
    const refreshed =
      token === null
        ? null
        : await ctx.system('refresh a session', (tx) => refresh(tx, { token, address, at }, config));
    if (refreshed === null) return { session: null, userErrors: [refreshNotValid()] };
    if (refreshed instanceof Refusal) return { session: null, userErrors: [refreshed] };
    return { session: await sessionTokens(refreshed, config, at), userErrors: [] };
  };

/**
 * The session with its next token; null when the token is good for none. Null commits too: the reuse of a token ends
 * its session. From an address that the account of the session does not admit a token is neither used up nor known as
 * reused: anyone who stole it ends nothing with it (G11).
 */
async function refresh(
  tx: EntityManager,
  { token, address, at }: { token: RefreshToken; address: string | null; at: Date },
  config: IdentityConfig,
): Promise<SessionInForce | null | Refusal<'ADDRESS_NOT_ALLOWED'>> {
  const session = await lockOpenSession(tx, token.sessionId, at);
  if (session === null) return null;
  const judged = judgeRefresh(session, token, config.refreshSecret, at);
  if (judged === 'UNKNOWN') return null;
  const entries = await loadEntries(tx, session.userId);
  // The account stays chosen as long as the person is an active member of it.
  const chosen = entries.find((entry) => entry.accountId === session.accountId) ?? null;
  const outside = chosen && refusesAddress([chosen.networks, chosen.accountNetworks], address, null);
  if (outside !== null) return outside;
  const inForce = (refreshToken: RefreshToken, expiresAt: Date): SessionInForce => {
    const { id: sessionId, userId } = session;
    return { sessionId, userId, refreshToken, expiresAt, chosen, entries };
  };
  switch (judged) {
    case 'REUSED':
      await endSession(tx, session.id, 'REFRESH_REUSED', at);
      return null;
    case 'RETRY':
      return inForce(successor(token, config.refreshSecret), session.expiresAt);
    case 'ROTATE': {
      const next = successor(token, config.refreshSecret);
      const expiresAt = new Date(at.getTime() + REFRESH_LIFE_MS);
      await saveRotation(tx, session.id, {
        generation: next.generation,
        hash: hashRefreshToken(next),
        lastSeenAt: at,
        expiresAt,
      });
      return inForce(next, expiresAt);
    }
  }
}

const refreshNotValid = (): Refusal<'REFRESH_NOT_VALID'> =>
  new Refusal('REFRESH_NOT_VALID', 'This session cannot be continued. Log in again.', ['input', 'refreshToken']);
