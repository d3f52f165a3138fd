import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { findAddress } from '../people/loginStore.ts';
import { lockMembership } from '../people/peopleStore.ts';
import { requestLink, takeResetTurn } from './linkStore.ts';

const COOL_DOWN_MS = 5 * 60_000;
const FIELD = ['input', 'membershipId'];

export const passwordResetSend =
  (config: IdentityConfig): MutationResolvers['passwordResetSend'] =>
  async (_root, { input }, ctx) => {
    const at = realNow(config);
    // Locking asks the policy of writing: one's own account, and those that granted SECURITY for writing (A46).
    const found = await ctx.write(async (tx) => {
      const id = readId(input.membershipId);
      const membership = id === null ? null : await lockMembership(tx, id);
      if (membership === null) return new Refusal('MEMBERSHIP_NOT_FOUND', 'There is no such membership.', FIELD);
      return membership.status === 'ACTIVE' ? membership : notActive();
    });
    if (found instanceof Refusal) return { membership: null, retryAt: null, userErrors: [found] };

    // The link is written by the second role, and only for the address that the person has.
    const outcome = await ctx.system('have a reset mail sent', async (tx) => {
      const person = await findAddress(tx, found.userId);
      if (person === null) return notActive();
      const retryAt = await takeResetTurn(tx, found.userId, at, COOL_DOWN_MS);
      if (retryAt !== null) return tooSoon(retryAt);
      await requestLink(tx, { kind: 'PASSWORD_RESET', ...person, accountName: null, at });
      return found;
    });
    if (!(outcome instanceof Refusal)) return { membership: outcome, retryAt: null, userErrors: [] };
    const retryAt = 'retryAt' in outcome ? (outcome.retryAt as Date) : null;
    return { membership: null, retryAt, userErrors: [outcome] };
  };

const notActive = (): Refusal<'MEMBERSHIP_NOT_ACTIVE'> =>
  new Refusal('MEMBERSHIP_NOT_ACTIVE', 'This person is not in, and has no password to forget.', FIELD, 'A46');

const tooSoon = (retryAt: Date): Refusal<'TOO_SOON'> & { retryAt: Date } =>
  Object.assign(
    new Refusal('TOO_SOON', `One was sent a moment ago. Try again after ${retryAt.toISOString()}.`, FIELD, 'A46'),
    { retryAt },
  );
