import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { readAnswer, refusesAnswer } from './answer.ts';
import { lockAsked } from './answerStore.ts';
import { saveEnd } from './invitationStore.ts';

export const invitationRefuse: MutationResolvers['invitationRefuse'] = async (_root, { input }, ctx) => {
  const read = readAnswer(input, ctx.viewer);
  if (read instanceof Refusal) return { invitationId: null, userErrors: [read] };
  const { by, userId } = read;

  const outcome = await ctx.system('refuse an invitation', async (tx) => {
    const asked = await lockAsked(tx, by);
    const refused = refusesAnswer(asked, by, userId, ctx.now);
    if (refused !== null || asked === null) return refused as Refusal<'LINK_NOT_VALID'>;
    ctx.note({ userId: asked.userId, accountId: asked.accountId });
    await saveEnd(tx, asked, 'REJECTED', ctx.now);
    return asked.id;
  });
  return outcome instanceof Refusal
    ? { invitationId: null, userErrors: [outcome] }
    : { invitationId: outcome, userErrors: [] };
};
