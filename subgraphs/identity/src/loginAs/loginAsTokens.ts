import { signAccessToken } from '@comptoir/shared/viewer/accessToken.ts';
import type { IdentityConfig } from '../base/config.ts';
import type { LoginAsRow } from './loginAsTables.ts';

/** An access token that acts for the client, good for ten minutes or until the log-in-as ends. */
export async function loginAsTokens(
  { sessionId, loginAs }: { sessionId: string; loginAs: LoginAsRow },
  { signingKey }: IdentityConfig,
  at: Date,
): Promise<{ accessToken: string; accessTokenExpiresAt: Date }> {
  const { id, accountId, actorUserId, actorAccountId, until } = loginAs;
  const claims = { userId: actorUserId, sessionId, accountId };
  const actor = { userId: actorUserId, accountId: actorAccountId, loginAsId: id };
  const { token, expiresAt } = await signAccessToken(claims, { key: signingKey, at, until, actor });
  return { accessToken: token, accessTokenExpiresAt: expiresAt };
}
