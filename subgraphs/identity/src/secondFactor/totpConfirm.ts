import { unauthenticated } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { lockPerson } from '../credentials/voidOn.ts';
import { addPersonMail } from '../mails/personMails.ts';
import { codeWrong } from './codeWrong.ts';
import { confirmTotp } from './totpStore.ts';

export const totpConfirm =
  (config: IdentityConfig): MutationResolvers['totpConfirm'] =>
  async (_root, { input }, ctx) => {
    const { userId, sessionId } = ctx.viewer as PersonViewer;
    const taking = { key: config.refreshSecret, at: realNow(config) };
    const outcome = await ctx.system('put a second factor in force', async (tx) => {
      const person = await lockPerson(tx, { userId });
      if (person === null) throw unauthenticated('The session has ended. Log in again.');
      const codes = await confirmTotp(tx, { ...person, sessionId }, input.code, taking);
      if (codes === 'NOT_PENDING') return notPending();
      if (codes === 'WRONG') return codeWrong();
      await addPersonMail(tx, userId, 'TOTP_ON');
      return codes;
    });
    return outcome instanceof Refusal
      ? { recoveryCodes: null, userErrors: [outcome] }
      : { recoveryCodes: outcome, userErrors: [] };
  };

const notPending = (): Refusal<'TOTP_NOT_PENDING'> =>
  new Refusal('TOTP_NOT_PENDING', 'There is no second factor to confirm. Begin with totpEnroll.');
