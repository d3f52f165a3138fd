import { Refusal } from '@comptoir/shared/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../config.ts';
import { addPersonMail } from '../mails/personMails.ts';
import { retryAtOf } from '../sessions/guessing.ts';
import { endOtherSessions } from '../sessions/sessionStore.ts';
import { commonPasswords } from './commonPasswords.ts';
import { confirmPassword } from './confirmPassword.ts';
import { replacePassword } from './loginStore.ts';
import { refusesPassword } from './password.ts';
import { hashPassword } from './passwordHash.ts';

export const passwordChange =
  (config: IdentityConfig): MutationResolvers['passwordChange'] =>
  async (_root, { input }, ctx) => {
    const { sessionId } = ctx.viewer as PersonViewer;
    const refused = refusesPassword(input.newPassword, commonPasswords, ['input', 'newPassword']);
    if (refused !== null) return { changed: null, retryAt: null, userErrors: [refused] };
    const confirmed = await confirmPassword(ctx, config, input.password);
    if (confirmed instanceof Refusal) return { changed: null, retryAt: retryAtOf(confirmed), userErrors: [confirmed] };

    const { userId } = confirmed;
    const newHash = await hashPassword(input.newPassword);
    const outcome = await ctx.system('change a password', async (tx) => {
      if (!(await replacePassword(tx, confirmed, newHash))) return changedMeanwhile();
      await endOtherSessions(tx, { userId, sessionId }, 'PASSWORD_CHANGE', realNow(config));
      await addPersonMail(tx, userId, 'PASSWORD_CHANGED');
      return true;
    });
    return outcome instanceof Refusal
      ? { changed: null, retryAt: null, userErrors: [outcome] }
      : { changed: true, retryAt: null, userErrors: [] };
  };

const changedMeanwhile = (): Refusal<'PASSWORD_WRONG'> =>
  new Refusal('PASSWORD_WRONG', 'Your password was changed meanwhile.', ['input', 'password']);
