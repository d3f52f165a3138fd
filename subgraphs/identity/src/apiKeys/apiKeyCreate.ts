import { newApiKey } from '@comptoir/shared/apiKey.ts';
import { areaText } from '@comptoir/shared/areas.ts';
import { Refusal } from '@comptoir/shared/refusal.ts';
import { newId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { readKey } from './apiKeyRules.ts';
import { addApiKey } from './apiKeyStore.ts';
import type { ApiKeyRow } from './apiKeyTables.ts';

export const apiKeyCreate: MutationResolvers['apiKeyCreate'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const wished = {
    name: input.name,
    areas: input.areas,
    networks: input.networks ?? [],
    notBefore: input.notBefore ?? null,
    expiresAt: input.expiresAt ?? null,
    accounts: input.accounts ?? null,
    creditBudget: input.creditBudget ?? null,
  };
  const outcome = await ctx.write(async (tx) => {
    const read = readKey(wished, viewer, ctx.now);
    if (read instanceof Refusal) return read;

    const { text, hash, lastFour } = newApiKey();
    const apiKey: ApiKeyRow = {
      id: newId(),
      accountId: viewer.accountId,
      userId: viewer.userId,
      name: read.name,
      lastFour,
      areas: read.areas.map(areaText),
      networks: read.networks,
      notBefore: read.notBefore,
      expiresAt: read.expiresAt,
      revokedAt: null,
      createdAt: ctx.now,
      lastUsedAt: null,
      accounts: read.accounts,
      preview: input.preview ?? false,
      creditBudget: read.creditBudget,
      previousUntil: null,
      rotatedAt: null,
    };
    await addApiKey(tx, apiKey, hash);
    return { apiKey, secret: text };
  });
  return outcome instanceof Refusal
    ? { apiKey: null, secret: null, userErrors: [outcome] }
    : { ...outcome, userErrors: [] };
};
