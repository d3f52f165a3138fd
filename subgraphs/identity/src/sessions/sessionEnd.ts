import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../config.ts';
import { endSession } from './sessionStore.ts';

export const sessionEnd =
  (config: IdentityConfig): MutationResolvers['sessionEnd'] =>
  async (_root, _args, ctx) => {
    // Guarded by `person`: there is a session, with or without an account.
    const { sessionId } = ctx.viewer as PersonViewer;
    await ctx.write((tx) => endSession(tx, sessionId, 'LOG_OUT', realNow(config)));
    return { sessionId };
  };
