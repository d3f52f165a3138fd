import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { changedMeanwhile, confirmPassword } from '../passwords/confirmPassword.ts';
import { retryAtOf } from '../passwords/guessing.ts';
import { stillHolds } from '../people/loginStore.ts';
import { newTotpSecret, totpUri } from './totp.ts';
import { savePendingTotp } from './totpStore.ts';

export const totpEnroll =
  (config: IdentityConfig): MutationResolvers['totpEnroll'] =>
  async (_root, { input }, ctx) => {
    const none = { uri: null, secret: null };
    const confirmed = await confirmPassword(ctx, config, input.password);
    if (confirmed instanceof Refusal) return { ...none, retryAt: retryAtOf(confirmed), userErrors: [confirmed] };

    const secret = newTotpSecret();
    const taking = { key: config.refreshSecret, at: realNow(config) };
    const refused = await ctx.system('begin a second factor', async (tx) => {
      if (!(await stillHolds(tx, confirmed.userId, confirmed.passwordHash))) return changedMeanwhile();
      return (await savePendingTotp(tx, confirmed.userId, secret, taking)) ? null : alreadyOn();
    });
    if (refused !== null) return { ...none, retryAt: null, userErrors: [refused] };
    return { uri: totpUri(secret, confirmed.email), secret, retryAt: null, userErrors: [] };
  };

const alreadyOn = (): Refusal<'TOTP_ALREADY_ON'> =>
  new Refusal('TOTP_ALREADY_ON', 'Your second factor is on. Take it away first, to begin with another app.');
