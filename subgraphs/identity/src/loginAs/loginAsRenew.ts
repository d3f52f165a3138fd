import { Refusal } from '@comptoir/shared/refusal.ts';
import { readId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../config.ts';
import { accountCancelled } from './loginAs.ts';
import { loginAsNotFound } from './loginAsNotFound.ts';
import { findOwnLoginAs, touchLoginAsSession } from './loginAsStore.ts';
import { loginAsTokens } from './loginAsTokens.ts';

export const loginAsRenew =
  (config: IdentityConfig): MutationResolvers['loginAsRenew'] =>
  async (_root, { input }, ctx) => {
    const { userId } = ctx.viewer as PersonViewer;
    const at = realNow(config);
    const loginAsId = readId(input.loginAsId);
    const found = await ctx.system('renew the token of a log-in-as', async (tx) => {
      const open = loginAsId === null ? null : await touchLoginAsSession(tx, { loginAsId, userId, at });
      if (loginAsId === null || open !== null) return open ?? loginAsNotFound();
      const over = await findOwnLoginAs(tx, loginAsId, userId);
      return over?.accountCancelled === true ? accountCancelled(['input', 'loginAsId']) : loginAsNotFound();
    });
    return found instanceof Refusal
      ? { loginAs: null, tokens: null, userErrors: [found] }
      : { loginAs: found.loginAs, tokens: await loginAsTokens(found, config, at), userErrors: [] };
  };
