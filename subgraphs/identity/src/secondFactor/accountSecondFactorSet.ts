import { forbidden } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { lockPerson } from '../credentials/voidOn.ts';
import { saveRequirement } from './requirementStore.ts';
import { hasTotp } from './totpStore.ts';

export const accountSecondFactorSet: MutationResolvers['accountSecondFactorSet'] = async (_root, { input }, ctx) => {
  const { accountId, userId, branches } = ctx.viewer as PersonViewer;
  // The account is not theirs as a whole who are limited to branches (G12).
  if (branches !== undefined) throw forbidden('G12');
  // It stands in the schema `access`, where only the system role writes; the account is the viewer's own and never
  // comes from input.
  const outcome = await ctx.system('require a second factor of whoever enters', async (tx) => {
    // The person first, as `totpDisable` does: of the two at once the second sees what the first did.
    if (input.required) await lockPerson(tx, { userId });
    if (input.required && !(await hasTotp(tx, userId))) {
      const message = 'You have no second factor yourself. Set one up with totpEnroll and totpConfirm first.';
      return new Refusal('WOULD_LOCK_YOU_OUT', message, ['input', 'required'], 'N25');
    }
    await saveRequirement(tx, accountId, input.required, ctx.now);
    return { id: accountId };
  });
  return outcome instanceof Refusal ? { account: null, userErrors: [outcome] } : { account: outcome, userErrors: [] };
};
