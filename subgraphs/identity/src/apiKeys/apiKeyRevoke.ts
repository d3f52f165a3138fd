import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { lockApiKey, saveRevoked } from './apiKeyStore.ts';

export const apiKeyRevoke: MutationResolvers['apiKeyRevoke'] = async (_root, { input }, ctx) => {
  const outcome = await ctx.write(async (tx) => {
    const id = readId(input.apiKeyId);
    const apiKey = id === null ? null : await lockApiKey(tx, id);
    if (apiKey === null) return new Refusal('API_KEY_NOT_FOUND', 'There is no such API key.', ['input', 'apiKeyId']);
    if (apiKey.revokedAt !== null) return apiKey;

    await saveRevoked(tx, apiKey.id, ctx.now);
    return { ...apiKey, revokedAt: ctx.now };
  });
  return outcome instanceof Refusal ? { apiKey: null, userErrors: [outcome] } : { apiKey: outcome, userErrors: [] };
};
