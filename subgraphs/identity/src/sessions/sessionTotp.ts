import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { readLinkSecret } from '../credentials/linkSecret.ts';
import { lockPerson } from '../credentials/voidOn.ts';
import { guessAt, guessing, retryAtOf } from '../passwords/guessing.ts';
import { forgetGuesses, rememberNetwork } from '../passwords/loginGuessStore.ts';
import { type EntryRefusal, enter } from '../people/doors.ts';
import { loadEntries } from '../people/peopleStore.ts';
import { countWrongCode, findChallenge, lockChallenge, saveChallengeUsed } from '../secondFactor/challengeStore.ts';
import { codeWrong } from '../secondFactor/codeWrong.ts';
import { takeCode } from '../secondFactor/totpStore.ts';
import { openSession, type SessionInForce, sessionTokens } from './sessionTokens.ts';

type Outcome = { outcome: SessionInForce | EntryRefusal | Refusal<'CHALLENGE_NOT_VALID' | 'CODE_WRONG'> };

export const sessionTotp =
  (config: IdentityConfig): MutationResolvers['sessionTotp'] =>
  async (_root, { input }, ctx) => {
    const at = realNow(config);
    const hash = readLinkSecret(input.challenge);
    const challenge =
      hash === null
        ? null
        : await ctx.system('look at a challenge', (tx) => findChallenge(tx, hash, at), { untrailed: true });
    if (hash === null || challenge === null) return { session: null, retryAt: null, userErrors: [notValid()] };

    const { address } = ctx.viewer;
    const guess = guessAt(config, challenge.email, address);
    ctx.note({ userId: challenge.userId });
    const given = { userId: challenge.userId, hash, code: input.code, key: config.refreshSecret, address, at };
    const look = async (): Promise<Outcome | null> => {
      const found = await ctx.system('log in', (tx) => answer(tx, given));
      return found.outcome instanceof Refusal && found.outcome.code === 'CODE_WRONG' ? null : found;
    };
    // A mailed link gets its owner in also during a lock (GUARD); its challenge bears five wrong codes, and a link is
    // mailed five times an hour at most.
    const found = challenge.byLink ? await look() : await guessing(ctx, guess, look);
    if (found === null) return { session: null, retryAt: null, userErrors: [codeWrong()] };
    if (found instanceof Refusal) return { session: null, retryAt: retryAtOf(found), userErrors: [found] };
    if (!challenge.byLink)
      await ctx.system('forget wrong guesses', (tx) => forgetGuesses(tx, guess), { untrailed: true });

    const { outcome } = found;
    if (outcome instanceof Refusal) return { session: null, retryAt: null, userErrors: [outcome] };
    return { session: await sessionTokens(outcome, config, at), retryAt: null, userErrors: [] };
  };

/** What follows a code. The transaction commits whatever it is: wrong codes are counted, right ones used up. */
async function answer(
  tx: EntityManager,
  given: { userId: string; hash: string; code: string; key: string; address: string | null; at: Date },
): Promise<Outcome> {
  const { hash, code, key, address, at } = given;
  await lockPerson(tx, given);
  const challenge = await lockChallenge(tx, hash, at);
  if (challenge === null) return { outcome: notValid() };
  const { id, userId, accountId } = challenge;
  if (!(await takeCode(tx, userId, code, { key, at }))) {
    await countWrongCode(tx, id);
    return { outcome: codeWrong() };
  }
  const entries = await loadEntries(tx, userId);
  const door = challenge.byLink ? 'SECOND_FACTOR_BY_LINK' : 'SECOND_FACTOR';
  const chosen = enter(door, entries, accountId, address);
  // The code is spent, the challenge is not: from an address that is admitted the next code gets in.
  if (chosen instanceof Refusal) return { outcome: chosen };
  await saveChallengeUsed(tx, id, at);
  await rememberNetwork(tx, userId, address, at);
  return { outcome: await openSession(tx, { userId, entries, chosen, address, at }) };
}

const notValid = (): Refusal<'CHALLENGE_NOT_VALID'> =>
  new Refusal('CHALLENGE_NOT_VALID', 'This log-in cannot be continued. Log in again.', ['input', 'challenge']);
