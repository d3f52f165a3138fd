import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { continueLoginAs } from './continueLoginAs.ts';
import { loginAsNotFound } from './loginAsNotFound.ts';
import { loginAsTokens } from './loginAsTokens.ts';

export const loginAsRenew =
  (config: IdentityConfig): MutationResolvers['loginAsRenew'] =>
  async (_root, { input }, ctx) => {
    const { userId, address } = ctx.viewer as PersonViewer;
    const at = realNow(config);
    const loginAsId = readId(input.loginAsId);
    const found = await ctx.system('renew the token of a log-in-as', async (tx) => {
      if (loginAsId === null) return loginAsNotFound();
      const field = ['input', 'loginAsId'];
      const continued = await continueLoginAs(tx, { loginAsId, userId, at }, { address, field });
      return continued === 'OVER' ? loginAsNotFound() : continued;
    });
    return found instanceof Refusal
      ? { loginAs: null, tokens: null, userErrors: [found] }
      : { loginAs: found.loginAs, tokens: await loginAsTokens(found, config, at), userErrors: [] };
  };
