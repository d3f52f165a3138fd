import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { readLinkSecret } from '../credentials/linkSecret.ts';
import { lockPerson, voidOn } from '../credentials/voidOn.ts';
import { linkNotValid } from '../links/link.ts';
import { findChanging, lockEmailChange, saveEmail, saveEmailConfirmed } from './emailChangeStore.ts';

export const emailChangeConfirm =
  (config: IdentityConfig): MutationResolvers['emailChangeConfirm'] =>
  async (_root, { input }, ctx) => {
    const at = realNow(config);
    const hash = readLinkSecret(input.token);
    const outcome = await ctx.system('confirm a change of e-mail', async (tx) => {
      const userId = hash === null ? null : await findChanging(tx, hash);
      if (hash === null || userId === null) return linkNotValid();
      await lockPerson(tx, { userId });
      const change = await lockEmailChange(tx, hash, at);
      if (change === null) return linkNotValid();
      await saveEmailConfirmed(tx, change.id, change.side, at);
      const other = change.side === 'OLD' ? change.newConfirmedAt : change.oldConfirmedAt;
      if (other === null) return { changed: false };
      // The new address got a login meanwhile: the link is as good as none, and says no more.
      if (!(await saveEmail(tx, change, at))) return linkNotValid();
      await voidOn(tx, 'EMAIL_CHANGED', { userId, emails: [change.oldEmail, change.newEmail], at });
      return { changed: true };
    });
    return outcome instanceof Refusal
      ? { changed: null, userErrors: [outcome] }
      : { changed: outcome.changed, userErrors: [] };
  };
