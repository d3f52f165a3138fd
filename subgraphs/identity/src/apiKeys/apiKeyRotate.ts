import { newApiKey } from '@comptoir/shared/apiKey.ts';
import { Refusal } from '@comptoir/shared/refusal.ts';
import { readId } from '@comptoir/shared/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { LONGEST_OVERLAP, refusesMoreThanHeld } from './apiKeyRules.ts';
import { lockApiKey, saveRotation } from './apiKeyStore.ts';
import { apiKeyNotFound, refusesEnded } from './endedKey.ts';

export const apiKeyRotate: MutationResolvers['apiKeyRotate'] = async (_root, { input }, ctx) => {
  const overlap = input.overlapMinutes ?? 0;
  const outcome = await ctx.write(async (tx) => {
    if (overlap < 0 || overlap > LONGEST_OVERLAP)
      return new Refusal('OVERLAP_NOT_READABLE', `Choose 0 to ${LONGEST_OVERLAP} minutes.`, [
        'input',
        'overlapMinutes',
      ]);
    const id = readId(input.apiKeyId);
    const apiKey = id === null ? null : await lockApiKey(tx, id);
    if (apiKey === null) return apiKeyNotFound();
    const refused = refusesEnded(apiKey, ctx.now) ?? refusesMoreThanHeld(apiKey, ctx.viewer);
    if (refused !== null) return refused;

    const { text, hash, lastFour } = newApiKey();
    const until = new Date(ctx.now.getTime() + overlap * 60_000);
    await saveRotation(tx, apiKey.id, { hash, lastFour, until, at: ctx.now });
    const rotated = { ...apiKey, lastFour, rotatedAt: ctx.now, previousUntil: overlap === 0 ? null : until };
    return { apiKey: rotated, secret: text };
  });
  return outcome instanceof Refusal
    ? { apiKey: null, secret: null, userErrors: [outcome] }
    : { ...outcome, userErrors: [] };
};
