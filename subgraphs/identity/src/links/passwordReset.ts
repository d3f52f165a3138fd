import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { lockPerson, voidOn } from '../credentials/voidOn.ts';
import { rememberNetwork } from '../passwords/loginGuessStore.ts';
import { findLogin, savePassword } from '../people/loginStore.ts';
import { openChallenge } from '../secondFactor/challengeStore.ts';
import { hasTotp } from '../secondFactor/totpStore.ts';
import { openSessionByLink, sessionTokens } from '../sessions/sessionTokens.ts';
import { readLink } from './followLink.ts';
import { linkNotValid } from './link.ts';
import { lockGoodLink, saveLinkUsed } from './linkStore.ts';

export const passwordReset =
  (config: IdentityConfig): MutationResolvers['passwordReset'] =>
  async (_root, { input }, ctx) => {
    const read = await readLink(ctx, config, 'PASSWORD_RESET', input);
    if (read instanceof Refusal) return { session: null, challenge: null, userErrors: [read] };
    const at = realNow(config);

    const opened = await ctx.system('reset a password', async (tx) => {
      await lockPerson(tx, { email: read.email });
      const link = await lockGoodLink(tx, 'PASSWORD_RESET', read.secretHash, at);
      const login = await findLogin(tx, read.email);
      if (link === null || login === null || !login.active) return linkNotValid();
      await saveLinkUsed(tx, link.id, at);
      await savePassword(tx, login.userId, read.passwordHash);
      await voidOn(tx, 'PASSWORD_RESET', { userId: login.userId, emails: [read.email], at });
      // Anyone who reads the mails of a person still lacks the second factor.
      if (await hasTotp(tx, login.userId))
        return await openChallenge(tx, { userId: login.userId, accountId: null, byLink: true, at });
      // The link always gets the owner in (GUARD): with this session, and from this network also while others guess.
      await rememberNetwork(tx, login.userId, ctx.viewer.address, at);
      return await openSessionByLink(tx, 'RESET_LINK', { userId: login.userId, address: ctx.viewer.address, at });
    });
    if (opened instanceof Refusal) return { session: null, challenge: null, userErrors: [opened] };
    if ('token' in opened) return { session: null, challenge: opened, userErrors: [] };
    return { session: await sessionTokens(opened, config, at), challenge: null, userErrors: [] };
  };
