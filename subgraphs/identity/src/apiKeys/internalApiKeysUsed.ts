import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { saveLastUsed } from './apiKeyStore.ts';

const MAX_USES = 1_000;

export const internalApiKeysUsed: MutationResolvers['internalApiKeysUsed'] = async (_root, { input }, ctx) => {
  if (input.uses.length > MAX_USES) throw badInput(`Send at most ${MAX_USES} at a time.`, ['input', 'uses']);
  const uses = input.uses.flatMap(({ keyId, usedAt }) => {
    const id = readId(keyId);
    return id === null ? [] : [{ keyId: id, usedAt }];
  });
  await ctx.system('note when keys were used', (tx) => saveLastUsed(tx, uses));
  return { noted: true };
};
