import { Refusal } from '@comptoir/shared/refusal.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../config.ts';
import { linkNotValid } from '../links/link.ts';
import { readLinkSecret } from '../links/linkSecret.ts';
import { lockEmailChange, saveEmail, saveEmailConfirmed } from './emailChangeStore.ts';

export const emailChangeConfirm =
  (config: IdentityConfig): MutationResolvers['emailChangeConfirm'] =>
  async (_root, { input }, ctx) => {
    const at = realNow(config);
    const hash = readLinkSecret(input.token);
    const outcome = await ctx.system('confirm a change of e-mail', async (tx) => {
      const change = hash === null ? null : await lockEmailChange(tx, hash, at);
      if (change === null) return linkNotValid();
      await saveEmailConfirmed(tx, change.id, change.side, at);
      const both = change.side === 'OLD' ? change.newConfirmed : change.oldConfirmed;
      if (!both) return { changed: false };
      // The new address got a login meanwhile: the link is as good as none, and says no more.
      return (await saveEmail(tx, change, at)) ? { changed: true } : linkNotValid();
    });
    return outcome instanceof Refusal
      ? { changed: null, userErrors: [outcome] }
      : { changed: outcome.changed, userErrors: [] };
  };
