import { Refusal } from '@comptoir/shared/refusal.ts';
import { readId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../config.ts';
import { loginAsNotFound } from './loginAsNotFound.ts';
import { touchLoginAsSession } from './loginAsStore.ts';
import { loginAsTokens } from './loginAsTokens.ts';

export const loginAsRenew =
  (config: IdentityConfig): MutationResolvers['loginAsRenew'] =>
  async (_root, { input }, ctx) => {
    const { userId } = ctx.viewer as PersonViewer;
    const at = realNow(config);
    const loginAsId = readId(input.loginAsId);
    const found = await ctx.system('renew the token of a log-in-as', async (tx) =>
      loginAsId === null
        ? loginAsNotFound()
        : ((await touchLoginAsSession(tx, { loginAsId, userId, at })) ?? loginAsNotFound()),
    );
    return found instanceof Refusal
      ? { loginAs: null, tokens: null, userErrors: [found] }
      : { loginAs: found.loginAs, tokens: await loginAsTokens(found, config, at), userErrors: [] };
  };
