import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { emailNotReadable, readEmail } from '../people/email.ts';
import { requestLink } from './linkStore.ts';

export const passwordResetRequest =
  (config: IdentityConfig): MutationResolvers['passwordResetRequest'] =>
  async (_root, { input }, ctx) => {
    const outcome = await ctx.system('ask for a password reset', async (tx) => {
      const email = readEmail(input.email);
      if (email === null) return emailNotReadable(input.email);
      // The mail is written in the language of the person, when there is one.
      await requestLink(tx, { kind: 'PASSWORD_RESET', email, language: 'EN', accountName: null, at: realNow(config) });
      return email;
    });
    return outcome instanceof Refusal ? { mailTo: null, userErrors: [outcome] } : { mailTo: outcome, userErrors: [] };
  };
