import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLine } from '@comptoir/shared/values/text.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { voidOn } from '../credentials/voidOn.ts';
import { commonPasswords } from '../passwords/commonPasswords.ts';
import { rememberNetwork } from '../passwords/loginGuessStore.ts';
import { type PasswordRefusal, refusesPassword } from '../passwords/password.ts';
import { hashPassword } from '../passwords/passwordHash.ts';
import { enter } from '../people/doors.ts';
import { loadEntries } from '../people/peopleStore.ts';
import { openSession, sessionTokens } from '../sessions/sessionTokens.ts';
import { readAnswer, refusesAnswer } from './answer.ts';
import { type AskedRow, findAsked, lockAsked, saveAccepted, saveFirstPassword } from './answerStore.ts';
import { refusesGivenNow } from './giver.ts';

const MAX_NAME_LENGTH = 200;

export const invitationAccept =
  (config: IdentityConfig): MutationResolvers['invitationAccept'] =>
  async (_root, { input }, ctx) => {
    const read = readAnswer(input, ctx.viewer);
    if (read instanceof Refusal) return refusal(read);
    const { by, userId } = read;

    // The password is hashed outside any transaction, and only for an invitation that was good a moment ago.
    const refuses = async (tx: EntityManager, asked: AskedRow | null) =>
      refusesAnswer(asked, by, userId, ctx.now) ?? (asked === null ? null : await refusesGivenNow(tx, asked, ctx.now));
    const { seen, refused } = await ctx.system(
      'look at an invitation',
      async (tx) => {
        const asked = await findAsked(tx, by);
        return { seen: asked, refused: await refuses(tx, asked) };
      },
      { untrailed: true },
    );
    if (refused !== null || seen === null) return refusal(refused as Refusal<'LINK_NOT_VALID'>);
    const first = seen.hasLogin ? null : await readFirst(input);
    if (first instanceof Refusal) return refusal(first);
    const at = realNow(config);
    ctx.note({ userId: seen.userId, accountId: seen.accountId });

    const outcome = await ctx.system('accept an invitation', async (tx) => {
      const asked = await lockAsked(tx, by);
      const refusedNow = await refuses(tx, asked);
      if (refusedNow !== null || asked === null) return refusedNow as Refusal<'LINK_NOT_VALID'>;
      await saveAccepted(tx, asked, ctx.now);
      if (first !== null) {
        const email = await saveFirstPassword(tx, asked.userId, { ...first, language: asked.language });
        await voidOn(tx, 'FIRST_PASSWORD', { userId: asked.userId, emails: [email], at });
        await rememberNetwork(tx, asked.userId, ctx.viewer.address, at);
      }
      const entries = await loadEntries(tx, asked.userId);
      const membership = entries.find((entry) => entry.id === asked.membershipId) ?? null;
      if (first === null) return { membership, session: null };
      // The link gets its owner in from anywhere, but not into an account that does not admit the address (G11).
      const { address } = ctx.viewer;
      const chosen = enter('INVITATION_LINK', entries, asked.accountId, address);
      const session = await openSession(tx, { userId: asked.userId, entries, chosen, address, at });
      return { membership, session };
    });
    if (outcome instanceof Refusal) return refusal(outcome);
    const { membership, session } = outcome;
    return {
      membership,
      session: session === null ? null : await sessionTokens(session, config, at),
      userErrors: [],
    };
  };

const refusal = <Code extends string>(refused: Refusal<Code>) => ({
  membership: null,
  session: null,
  userErrors: [refused],
});

/** What somebody without a login chooses, the password as it is stored (G07). */
async function readFirst({
  password,
  displayName,
}: {
  password?: string | null;
  displayName?: string | null;
}): Promise<{ passwordHash: string; displayName: string | null } | Refusal<'NAME_NOT_READABLE'> | PasswordRefusal> {
  const name = displayName?.trim() ?? null;
  if (name !== null && (name === '' || name.length > MAX_NAME_LENGTH || !isLine(name))) {
    return new Refusal('NAME_NOT_READABLE', `Write 1 to ${MAX_NAME_LENGTH} characters.`, ['input', 'displayName']);
  }
  const refused = refusesPassword(password ?? '', commonPasswords);
  if (refused !== null) return refused;
  return { passwordHash: await hashPassword(password as string), displayName: name };
}
