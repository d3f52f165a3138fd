import { unauthenticated } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import type { SubgraphContext } from '../context.ts';
import { lockPerson } from '../credentials/voidOn.ts';
import { addPersonMail } from '../mails/personMails.ts';
import { changedMeanwhile, confirmPassword } from '../passwords/confirmPassword.ts';
import { guessAt, guessing, type LoginLocked, retryAtOf } from '../passwords/guessing.ts';
import { findEmail, stillHolds } from '../people/loginStore.ts';
import { codeWrong } from './codeWrong.ts';
import { isRequiredOf } from './requirementStore.ts';
import { deleteTotp, takeCode } from './totpStore.ts';

export const totpDisable =
  (config: IdentityConfig): MutationResolvers['totpDisable'] =>
  async (_root, { input }, ctx) => {
    const { userId, sessionId } = ctx.viewer as PersonViewer;
    const { password, code } = input;
    const shown =
      password != null && code == null
        ? await confirmPassword(ctx, config, password)
        : code != null && password == null
          ? await confirmCode(ctx, config, code)
          : new Refusal('PASSWORD_OR_CODE', 'Send your password, or a code, and not both.', ['input']);
    if (shown instanceof Refusal) return { disabled: null, retryAt: retryAtOf(shown), userErrors: [shown] };

    const outcome = await ctx.system('take a second factor away', async (tx) => {
      const person = await lockPerson(tx, { userId });
      if (person === null) throw unauthenticated('The session has ended. Log in again.');
      if (shown !== true && !(await stillHolds(tx, userId, shown.passwordHash))) return changedMeanwhile();
      if (await isRequiredOf(tx, userId)) return required();
      await deleteTotp(tx, { ...person, sessionId, at: realNow(config) });
      await addPersonMail(tx, userId, 'TOTP_OFF');
      return true;
    });
    if (outcome instanceof Refusal) return { disabled: null, retryAt: null, userErrors: [outcome] };
    return { disabled: true, retryAt: null, userErrors: [] };
  };

const required = (): Refusal<'SECOND_FACTOR_REQUIRED'> =>
  new Refusal('SECOND_FACTOR_REQUIRED', 'An account of yours requires a second factor of its people.', null, 'N25');

/** As `confirmPassword`, by the second factor itself. */
async function confirmCode(
  ctx: SubgraphContext,
  config: IdentityConfig,
  code: string,
): Promise<true | LoginLocked | Refusal<'CODE_WRONG'>> {
  const { userId, address } = ctx.viewer as PersonViewer;
  const email = await ctx.system('find the e-mail of a session', (tx) => findEmail(tx, userId), { untrailed: true });
  if (email === null) throw unauthenticated('The session has ended. Log in again.');
  const taking = { key: config.refreshSecret, at: realNow(config) };
  const outcome = await guessing(ctx, guessAt(config, email, address), async () =>
    (await ctx.system('look at a code', (tx) => takeCode(tx, userId, code, taking), { untrailed: true }))
      ? (true as const)
      : null,
  );
  return outcome ?? codeWrong();
}
