import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { saveLoginAsEnd } from '../loginAs/loginAsStore.ts';
import { endSession } from './sessionStore.ts';

export const sessionEnd =
  (config: IdentityConfig): MutationResolvers['sessionEnd'] =>
  async (_root, _args, ctx) => {
    // Guarded by `person`: there is a session, with or without an account.
    const { sessionId, userId, actors } = ctx.viewer as PersonViewer;
    const at = realNow(config);
    await ctx.write(async (tx) => {
      await endSession(tx, sessionId, 'LOG_OUT', at);
      // Anyone who logs out of a client's account ends the log-in-as; the session that it was started from goes on.
      const loginAs = actors?.[0];
      if (loginAs !== undefined) await saveLoginAsEnd(tx, loginAs.loginAsId, userId, at);
    });
    return { sessionId };
  };
