import { forbidden } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { lockPerson } from '../credentials/voidOn.ts';
import { addPersonMail } from '../mails/personMails.ts';
import { guessAt } from '../passwords/guessing.ts';
import { emailNotReadable, readEmail } from '../people/email.ts';
import { loadEntries } from '../people/peopleStore.ts';
import { deleteTotp, hasTotp } from './totpStore.ts';

const REASON = { min: 3, max: 500 };

/**
 * Staff help somebody who lost their second factor. The same statements and the same answer whether or not there is
 * such a person.
 */
export const userTotpRemove =
  (config: IdentityConfig): MutationResolvers['userTotpRemove'] =>
  async (_root, { input }, ctx) => {
    // Somebody has to have made sure who asks: no script does.
    if (ctx.viewer.kind !== 'PERSON') throw forbidden('person');
    const { userId: own } = ctx.viewer;
    const email = readEmail(input.email);
    if (email === null) return { done: null, userErrors: [emailNotReadable(input.email)] };
    const reason = input.reason.trim();
    const length = [...reason].length;
    if (length < REASON.min || length > REASON.max || /[^\P{Cc}\n\r\t]/u.test(reason)) {
      const message = `Say why, in ${REASON.min} to ${REASON.max} characters.`;
      return { done: null, userErrors: [new Refusal('REASON_NOT_READABLE', message, ['input', 'reason'])] };
    }
    // The trail knows an e-mail by its hash only, whether or not it has a login.
    const { emailHash } = guessAt(config, email, null);
    ctx.note({ subjects: [`emailHash:${emailHash}`] });
    const at = realNow(config);
    const outcome = await ctx.system('take the second factor of a person away', async (tx) => {
      const person = await lockPerson(tx, { email });
      if (person === null || !(await hasTotp(tx, person.userId))) return { user: null, of: [] };
      const id = person.userId;
      if (id === own)
        return new Refusal('OWN_LOGIN', 'Nobody does this to their own login.', ['input', 'email'], 'N25');
      // Ends every session of theirs too.
      await deleteTotp(tx, { ...person, sessionId: null, at });
      await addPersonMail(tx, id, 'TOTP_REMOVED_BY_STAFF');
      // Named in the outcome, so that the trail of every account of this person has it.
      const entries = await loadEntries(tx, id);
      return { user: { id }, of: entries.map(({ accountId }) => ({ accountId })) };
    });
    return outcome instanceof Refusal ? { done: null, userErrors: [outcome] } : { done: true, userErrors: [] };
  };
