import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { voidOn } from '../credentials/voidOn.ts';
import { addPersonMail } from '../mails/personMails.ts';
import { replacePassword } from '../people/loginStore.ts';
import { commonPasswords } from './commonPasswords.ts';
import { changedMeanwhile, confirmPassword } from './confirmPassword.ts';
import { retryAtOf } from './guessing.ts';
import { rememberNetwork } from './loginGuessStore.ts';
import { refusesPassword } from './password.ts';
import { hashPassword } from './passwordHash.ts';

export const passwordChange =
  (config: IdentityConfig): MutationResolvers['passwordChange'] =>
  async (_root, { input }, ctx) => {
    const { sessionId, address } = ctx.viewer as PersonViewer;
    const refused = refusesPassword(input.newPassword, commonPasswords, ['input', 'newPassword']);
    if (refused !== null) return { changed: null, retryAt: null, userErrors: [refused] };
    const confirmed = await confirmPassword(ctx, config, input.password);
    if (confirmed instanceof Refusal) return { changed: null, retryAt: retryAtOf(confirmed), userErrors: [confirmed] };

    const { userId, email } = confirmed;
    const newHash = await hashPassword(input.newPassword);
    const outcome = await ctx.system('change a password', async (tx) => {
      if (!(await replacePassword(tx, confirmed, newHash))) return changedMeanwhile();
      const at = realNow(config);
      await voidOn(tx, 'PASSWORD_CHANGED', { userId, emails: [email], sessionId, at });
      await rememberNetwork(tx, userId, address, at);
      await addPersonMail(tx, userId, 'PASSWORD_CHANGED');
      return true;
    });
    return outcome instanceof Refusal
      ? { changed: null, retryAt: null, userErrors: [outcome] }
      : { changed: true, retryAt: null, userErrors: [] };
  };
