import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLine } from '@comptoir/shared/values/text.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { emailNotReadable, readEmail } from '../people/email.ts';
import { requestLink } from './linkStore.ts';

const MAX_NAME_LENGTH = 200;

export const signUp =
  (config: IdentityConfig): MutationResolvers['signUp'] =>
  async (_root, { input }, ctx) => {
    const outcome = await ctx.system('sign up', async (tx) => {
      const email = readEmail(input.email);
      if (email === null) return emailNotReadable(input.email);
      const accountName = readName(input.accountName);
      if (accountName === null) {
        return new Refusal('ACCOUNT_NAME_NOT_READABLE', `Write 1 to ${MAX_NAME_LENGTH} characters.`, [
          'input',
          'accountName',
        ]);
      }
      const { language } = input;
      const referralCode = readReferralCode(input.referralCode);
      await requestLink(tx, { kind: 'SIGN_UP', email, language, accountName, referralCode, at: realNow(config) });
      return email;
    });
    return outcome instanceof Refusal ? { mailTo: null, userErrors: [outcome] } : { mailTo: outcome, userErrors: [] };
  };

/** The name without blanks around it; null when nothing is left, it is too long, or it holds control characters. */
function readName(text: string): string | null {
  const name = text.trim();
  return name !== '' && name.length <= MAX_NAME_LENGTH && isLine(name) ? name : null;
}

/**
 * A code as it may be one, A to Z and digits; null otherwise. Billing knows which are good, and is asked when the
 * account is opened.
 */
function readReferralCode(text: string | null | undefined): string | null {
  const code = text?.trim().toUpperCase() ?? '';
  return /^[A-Z0-9]{1,20}$/.test(code) ? code : null;
}
