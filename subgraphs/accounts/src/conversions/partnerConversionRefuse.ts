import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { readText, refusesAnswer } from './conversion.ts';
import { lockConversion, saveAnswer } from './conversionStore.ts';

export const partnerConversionRefuse: MutationResolvers['partnerConversionRefuse'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const reason = readText(input.reason, 3, 500);
    if (reason === null) {
      return new Refusal('REASON_NOT_READABLE', 'Say why, in 3 to 500 characters.', ['input', 'reason'], 'U02');
    }
    const id = readId(input.conversionId);
    const conversion = id === null ? null : await lockConversion(tx, id);
    if (conversion === null) {
      return new Refusal('CONVERSION_NOT_FOUND', 'There is no such request.', ['input', 'conversionId']);
    }
    const refused = refusesAnswer(conversion);
    if (refused !== null) return refused;

    const changed = {
      ...conversion,
      status: 'REFUSED' as const,
      reason,
      answeredBy: viewer.userId,
      answeredAt: ctx.now,
    };
    await saveAnswer(tx, changed);
    return changed;
  });
  return outcome instanceof Refusal
    ? { conversion: null, userErrors: [outcome] }
    : { conversion: outcome, userErrors: [] };
};
