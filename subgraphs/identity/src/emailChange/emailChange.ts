import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { changedMeanwhile, confirmPassword } from '../passwords/confirmPassword.ts';
import { retryAtOf } from '../passwords/guessing.ts';
import { emailNotReadable, readEmail } from '../people/email.ts';
import { stillHolds } from '../people/loginStore.ts';
import { requestEmailChange } from './emailChangeStore.ts';

const FIELD = ['input', 'newEmail'];

export const emailChange =
  (config: IdentityConfig): MutationResolvers['emailChange'] =>
  async (_root, { input }, ctx) => {
    const newEmail = readEmail(input.newEmail);
    if (newEmail === null) {
      return { mailTo: null, retryAt: null, userErrors: [emailNotReadable(input.newEmail, FIELD)] };
    }
    const confirmed = await confirmPassword(ctx, config, input.password);
    if (confirmed instanceof Refusal) return { mailTo: null, retryAt: retryAtOf(confirmed), userErrors: [confirmed] };

    const { userId, email: oldEmail } = confirmed;
    if (newEmail === oldEmail) {
      const same = new Refusal('EMAIL_IS_THE_SAME', 'You log in with this address already.', FIELD);
      return { mailTo: null, retryAt: null, userErrors: [same] };
    }
    const outcome = await ctx.system('ask for a change of e-mail', async (tx) => {
      if (!(await stillHolds(tx, userId, confirmed.passwordHash))) return changedMeanwhile();
      await requestEmailChange(tx, { userId, oldEmail, newEmail, at: realNow(config) });
      return true;
    });
    if (outcome instanceof Refusal) return { mailTo: null, retryAt: null, userErrors: [outcome] };
    return { mailTo: [oldEmail, newEmail], retryAt: null, userErrors: [] };
  };
