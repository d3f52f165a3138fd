import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import type { IdentityConfig } from '../base/config.ts';
import type { SubgraphContext } from '../context.ts';
import { guessAt, loginLocked, takeTurn } from '../passwords/guessing.ts';
import { addGuess, forgiveGuess, type Guess, rememberNetwork, takeBackGuess } from '../passwords/loginGuessStore.ts';
import { passwordMatches } from '../passwords/passwordHash.ts';
import { type EntryRefusal, enter } from '../people/doors.ts';
import { stillHolds } from '../people/loginStore.ts';
import { loadEntries } from '../people/peopleStore.ts';
import { type OpenedChallenge, openChallenge } from '../secondFactor/challengeStore.ts';
import { hasTotp } from '../secondFactor/totpStore.ts';
import { openSession, type SessionInForce, sessionTokens } from './sessionTokens.ts';

export const sessionCreate =
  (config: IdentityConfig): MutationResolvers['sessionCreate'] =>
  async (_root, { input }, ctx) => {
    const guess = guessAt(config, input.email, ctx.viewer.address);
    // The trail knows an e-mail by its hash only, whether or not it has a login.
    ctx.note({ subjects: [`emailHash:${guess.emailHash}`] });
    const none = { session: null, challenge: null, retryAt: null };

    return await takeTurn(guess, async () => {
      // A log-in that is counted is no log-in yet; what became of it has its own row: 'log in', or the refusal.
      const counted = await ctx.system('count a log-in', (tx) => addGuess(tx, guess), { untrailed: true });
      if ('lockedUntil' in counted) {
        return { ...none, retryAt: counted.lockedUntil, userErrors: [loginLocked(counted.lockedUntil)] };
      }
      const passwordHash = counted.login?.active ? counted.login.passwordHash : null;
      const right = await passwordMatches(input.password, passwordHash).catch(async (error: unknown) => {
        await ctx.system('take back a log-in that was not looked at', (tx) => takeBackGuess(tx, counted.id, guess), {
          untrailed: true,
        });
        throw error;
      });
      if (!right || counted.login === null || passwordHash === null) return { ...none, userErrors: [loginFailed()] };

      const login = { userId: counted.login.userId, passwordHash, accountId: input.accountId ?? null };
      const opened = await logIn(ctx, login, { ...guess, id: counted.id });
      if (opened instanceof Refusal) return { ...none, userErrors: [opened] };
      if ('token' in opened) return { ...none, challenge: opened, userErrors: [totpRequired()] };
      return { ...none, session: await sessionTokens(opened, config, guess.at), userErrors: [] };
    });
  };

/**
 * What follows a right password. The transaction commits also when the account is refused: the count of wrong passwords
 * is over.
 */
async function logIn(
  ctx: SubgraphContext,
  login: { userId: string; passwordHash: string; accountId: string | null },
  guess: Guess & { id: string },
): Promise<SessionInForce | OpenedChallenge | EntryRefusal | Refusal<'LOGIN_FAILED'>> {
  const { userId, passwordHash } = login;
  const { outcome } = await ctx.system('log in', async (tx) => {
    // Locks the person first: a second factor, or a password, that comes in force meanwhile is seen by what follows.
    const holds = await stillHolds(tx, userId, passwordHash);
    const secondFactor = await hasTotp(tx, userId);
    // With a second factor the count of wrong ones goes on until its code is right too: else a known password would
    // give any number of codes.
    if (secondFactor) await takeBackGuess(tx, guess.id, guess);
    else await forgiveGuess(tx, guess.id, guess);
    if (!holds) return { outcome: loginFailed() };
    // An account id that cannot be read is treated like an unknown one.
    const accountId = login.accountId === null ? null : (readId(login.accountId) ?? NO_ACCOUNT);
    if (secondFactor) return { outcome: await openChallenge(tx, { userId, accountId, byLink: false, at: guess.at }) };
    const { address } = ctx.viewer;
    const entries = await loadEntries(tx, userId);
    const chosen = enter('LOG_IN', entries, accountId, address);
    if (chosen instanceof Refusal) return { outcome: chosen };
    await rememberNetwork(tx, userId, address, guess.at);
    return { outcome: await openSession(tx, { userId, entries, chosen, address, at: guess.at }) };
  });
  return outcome;
}

const loginFailed = (): Refusal<'LOGIN_FAILED'> =>
  new Refusal('LOGIN_FAILED', 'There is no login with this e-mail and password.');

const totpRequired = (): Refusal<'TOTP_REQUIRED'> =>
  new Refusal('TOTP_REQUIRED', 'Send a code of your app, or a recovery code, with the challenge to sessionTotp.');

/** No account has it. */
const NO_ACCOUNT = '00000000-0000-0000-0000-000000000000';
