import { isStorable } from '@comptoir/shared/values/text.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { QueryResolvers } from '../../generated/graphql.ts';
import { findAccountsByName } from './accountStore.ts';

const MOST = 100;

export const internalAccountsByName: QueryResolvers['internalAccountsByName'] = async (_root, args, ctx) => {
  const holderId = readId(args.holderId);
  const text = args.text.trim();
  // Nothing contains what no name can; an empty text would be in all of them.
  if (holderId === null || text === '' || text.length > 200 || !isStorable(text)) return [];
  const found = await ctx.system('accounts by name, for a service', (tx) =>
    findAccountsByName(tx, { holderId, text, now: ctx.now, most: MOST }),
  );
  return found.map(({ id }) => id);
};
