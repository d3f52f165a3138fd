import { createHmac } from 'node:crypto';
import { Refusal } from '@comptoir/shared/refusal.ts';
import { readId } from '@comptoir/shared/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../config.ts';
import type { SubgraphContext } from '../context.ts';
import { stillHolds } from '../passwords/loginStore.ts';
import { passwordMatches } from '../passwords/passwordHash.ts';
import { loadEntries } from '../people/peopleStore.ts';
import { chooseEntry, type EntryRefusal } from './entry.ts';
import { inOrder } from './inOrder.ts';
import { networkOf } from './loginGuess.ts';
import { addGuess, forgiveGuess, type Guess, rememberNetwork, takeBackGuess } from './loginGuessStore.ts';
import { openSession, type SessionInForce, sessionTokens } from './sessionTokens.ts';

export const sessionCreate =
  (config: IdentityConfig): MutationResolvers['sessionCreate'] =>
  async (_root, { input }, ctx) => {
    const email = input.email.trim().toLowerCase().slice(0, 255);
    const emailHash = createHmac('sha256', config.refreshSecret).update('login guess').update(email).digest('hex');
    const guess: Guess = { email, emailHash, network: networkOf(ctx.viewer.address), at: realNow(config) };

    return await inOrder(`${emailHash} ${guess.network}`, async () => {
      const counted = await ctx.system('count a log-in', (tx) => addGuess(tx, guess));
      if ('lockedUntil' in counted) {
        return { session: null, retryAt: counted.lockedUntil, userErrors: [loginLocked(counted.lockedUntil)] };
      }
      const passwordHash = counted.login?.active ? counted.login.passwordHash : null;
      const right = await passwordMatches(input.password, passwordHash).catch(async (error: unknown) => {
        await ctx.system('take back a log-in that was not looked at', (tx) => takeBackGuess(tx, counted.id, guess));
        throw error;
      });
      if (!right || counted.login === null || passwordHash === null)
        return { session: null, retryAt: null, userErrors: [loginFailed()] };

      const login = { userId: counted.login.userId, passwordHash, accountId: input.accountId ?? null };
      const opened = await logIn(ctx, login, { ...guess, id: counted.id });
      if (opened instanceof Refusal) return { session: null, retryAt: null, userErrors: [opened] };
      return { session: await sessionTokens(opened, config, guess.at), retryAt: null, userErrors: [] };
    });
  };

/** What follows a right password. The transaction commits also when the account is refused: the count of wrong passwords is over. */
async function logIn(
  ctx: SubgraphContext,
  login: { userId: string; passwordHash: string; accountId: string | null },
  guess: Guess & { id: string },
): Promise<SessionInForce | EntryRefusal | Refusal<'LOGIN_FAILED'>> {
  const { userId, passwordHash } = login;
  const { outcome } = await ctx.system('log in', async (tx) => {
    await forgiveGuess(tx, guess.id, guess);
    if (!(await stillHolds(tx, userId, passwordHash))) return { outcome: loginFailed() };
    // An account id that cannot be read is treated like an unknown one.
    const accountId = login.accountId === null ? null : (readId(login.accountId) ?? '');
    const { address } = ctx.viewer;
    const entries = await loadEntries(tx, userId);
    const chosen = chooseEntry(entries, accountId, address);
    if (chosen instanceof Refusal) return { outcome: chosen };
    await rememberNetwork(tx, userId, address, guess.at);
    return { outcome: await openSession(tx, { userId, entries, chosen, address, at: guess.at }) };
  });
  return outcome;
}

const loginFailed = (): Refusal<'LOGIN_FAILED'> =>
  new Refusal('LOGIN_FAILED', 'There is no login with this e-mail and password.');

const loginLocked = (until: Date): Refusal<'LOGIN_LOCKED'> =>
  new Refusal(
    'LOGIN_LOCKED',
    `Too many wrong passwords. Try again after ${until.toISOString()}, or ask for a mail to choose a new one.`,
    null,
    'A47',
  );
