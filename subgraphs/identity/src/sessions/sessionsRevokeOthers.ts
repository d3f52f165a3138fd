import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { endOtherSessions } from './sessionStore.ts';

export const sessionsRevokeOthers =
  (config: IdentityConfig): MutationResolvers['sessionsRevokeOthers'] =>
  async (_root, _args, ctx) => {
    // Guarded by `person`: there is a session, with or without an account.
    const { userId, sessionId } = ctx.viewer as PersonViewer;
    return { ended: await ctx.write((tx) => endOtherSessions(tx, { userId, sessionId }, 'REVOKED', realNow(config))) };
  };
