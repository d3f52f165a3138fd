import { createHmac } from 'node:crypto';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import type { SubgraphContext } from '../context.ts';
import { readEmail } from '../people/email.ts';
import type { Login } from '../people/loginStore.ts';
import { inOrder } from './inOrder.ts';
import { logInLane } from './lanes.ts';
import { networkOf } from './loginGuess.ts';
import { addGuess, type Guess, takeBackGuess } from './loginGuessStore.ts';

/** A guess at what belongs to an e-mail, known or not, from where this request comes. */
export function guessAt(config: IdentityConfig, text: string, address: string | null): Guess {
  const email = readEmail(text) ?? nobodysEmail(text);
  const emailHash = createHmac('sha256', config.refreshSecret).update('login guess').update(email).digest('hex');
  return { email, emailHash, network: networkOf(address), at: realNow(config) };
}

/** What is no address is a guess at one that no one has: so written that it can be looked for, and is still none. */
const nobodysEmail = (text: string): string =>
  text.trim().toLowerCase().slice(0, 255).replaceAll('\0', '\ufffd').toWellFormed();

/** The answer of the lock, with the time at which it ends (A48). */
export type LoginLocked = Refusal<'LOGIN_LOCKED'> & { retryAt: Date };

export const loginLocked = (until: Date): LoginLocked =>
  Object.assign(
    new Refusal(
      'LOGIN_LOCKED',
      `Too many wrong passwords. Try again after ${until.toISOString()}, or ask for a mail to choose a new one.`,
      null,
      'A47',
    ),
    { retryAt: until },
  );

/** When to try again, for payloads; null for any other refusal. */
export const retryAtOf = (refusal: Refusal<string>): Date | null =>
  'retryAt' in refusal ? (refusal as LoginLocked).retryAt : null;

/**
 * Guesses at one person from one network come one after the other, and all of them by the lane of log-ins: nothing is
 * asked of the database before. Both lines together take no longer than the gateway waits: what has waited that long is
 * refused and not begun.
 */
export const takeTurn = <T>(
  { emailHash, network }: Guess,
  work: () => Promise<T>,
  arrivedAt = performance.now(),
): Promise<T> => inOrder(`${emailHash} ${network}`, () => logInLane(work, { arrivedAt, group: network }), arrivedAt);

/**
 * Looks at a password or code of somebody who is known by their e-mail, as log-in does: within the same lock and the
 * same cap (A47), counted before it is looked at. `look` gives null for a wrong one. A right one takes its own count
 * back and no other, so that anyone who knows the password cannot begin anew with the codes.
 */
export async function guessing<T>(
  ctx: SubgraphContext,
  guess: Guess,
  look: (login: Login | null) => Promise<T | null>,
): Promise<T | LoginLocked | null> {
  return await takeTurn(guess, async () => {
    const counted = await ctx.system('count a guess', (tx) => addGuess(tx, guess), { untrailed: true });
    if ('lockedUntil' in counted) return loginLocked(counted.lockedUntil);
    const takeBack = (): Promise<void> =>
      ctx.system('take a guess back', (tx) => takeBackGuess(tx, counted.id, guess), { untrailed: true });
    try {
      const found = await look(counted.login);
      if (found !== null) await takeBack();
      return found;
    } catch (error) {
      await takeBack();
      throw error;
    }
  });
}
