import { unauthenticated } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { IdentityConfig } from '../base/config.ts';
import type { SubgraphContext } from '../context.ts';
import { findEmail } from '../people/loginStore.ts';
import { guessAt, guessing, type LoginLocked } from './guessing.ts';
import { passwordMatches } from './passwordHash.ts';

export type Confirmed = { userId: string; email: string; passwordHash: string };

/**
 * The password that was right a moment ago is none any more: what it was to confirm is looked at again in the
 * transaction that does it.
 */
export const changedMeanwhile = (): Refusal<'PASSWORD_WRONG'> =>
  new Refusal('PASSWORD_WRONG', 'Your password was changed meanwhile.', ['input', 'password']);

/**
 * Makes sure that anyone who holds the session also knows the password, before something that a thief of the session
 * must not do. A wrong one counts like one at log-in. Guarded by `person`: there is one. Throws UNAUTHENTICATED when
 * the person is not active any more.
 */
export async function confirmPassword(
  ctx: SubgraphContext,
  config: IdentityConfig,
  password: string,
): Promise<Confirmed | LoginLocked | Refusal<'PASSWORD_WRONG'>> {
  const { userId, address } = ctx.viewer as PersonViewer;
  const email = await ctx.system('find the e-mail of a session', (tx) => findEmail(tx, userId), { untrailed: true });
  if (email === null) throw unauthenticated('The session has ended. Log in again.');
  const outcome = await guessing(ctx, guessAt(config, email, address), async (login) => {
    const passwordHash = login?.active && login.userId === userId ? login.passwordHash : null;
    return (await passwordMatches(password, passwordHash))
      ? { userId, email, passwordHash: passwordHash as string }
      : null;
  });
  return outcome ?? new Refusal('PASSWORD_WRONG', 'That is not your password.', ['input', 'password'], 'A47');
}
