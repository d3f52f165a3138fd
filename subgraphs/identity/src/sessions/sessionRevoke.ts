import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { endOwnSession } from './sessionListStore.ts';

export const sessionRevoke =
  (config: IdentityConfig): MutationResolvers['sessionRevoke'] =>
  async (_root, { input }, ctx) => {
    const { userId } = ctx.viewer as PersonViewer;
    const outcome = await ctx.write(async (tx) => {
      const sessionId = readId(input.sessionId);
      const ended = sessionId !== null && (await endOwnSession(tx, { userId, sessionId }, 'REVOKED', realNow(config)));
      if (!ended) {
        return new Refusal('SESSION_NOT_FOUND', 'You have no such open session.', ['input', 'sessionId']);
      }
      return sessionId;
    });
    return outcome instanceof Refusal
      ? { sessionId: null, userErrors: [outcome] }
      : { sessionId: outcome, userErrors: [] };
  };
