import { Refusal } from '@comptoir/shared/refusal.ts';
import { readId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../config.ts';
import { refusesAddress } from '../sessions/doors.ts';
import { accountCancelled } from './loginAs.ts';
import { loginAsNotFound } from './loginAsNotFound.ts';
import { findLoginAsLists, findOwnLoginAs, touchLoginAsSession } from './loginAsStore.ts';
import { loginAsTokens } from './loginAsTokens.ts';

export const loginAsRenew =
  (config: IdentityConfig): MutationResolvers['loginAsRenew'] =>
  async (_root, { input }, ctx) => {
    const { userId, address } = ctx.viewer as PersonViewer;
    const at = realNow(config);
    const loginAsId = readId(input.loginAsId);
    const found = await ctx.system('renew the token of a log-in-as', async (tx) => {
      if (loginAsId === null) return loginAsNotFound();
      const lists = await findLoginAsLists(tx, { loginAsId, userId, at });
      const outside = lists && refusesAddress(lists, address, null);
      if (outside !== null) return outside;
      const open = lists && (await touchLoginAsSession(tx, { loginAsId, userId, at }));
      if (open !== null) return open;
      const over = await findOwnLoginAs(tx, loginAsId, userId);
      return over?.accountCancelled === true ? accountCancelled(['input', 'loginAsId']) : loginAsNotFound();
    });
    return found instanceof Refusal
      ? { loginAs: null, tokens: null, userErrors: [found] }
      : { loginAs: found.loginAs, tokens: await loginAsTokens(found, config, at), userErrors: [] };
  };
