import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { QueryResolvers } from '../../generated/graphql.ts';
import { loadAccounts } from './accountStore.ts';

const MOST = 1_000;

export const internalAccountNames: QueryResolvers['internalAccountNames'] = async (_root, { ids }, ctx) => {
  if (ids.length > MOST) throw badInput(`Ask for at most ${MOST} names.`, ['ids']);
  const readable = ids.map(readId).filter((id) => id !== null);
  const accounts = await ctx.system('names for mails', (tx) => loadAccounts(tx, readable));
  return accounts.map(({ id, name, kind, createdAt }) => ({ id, name, isProvider: kind === 'PROVIDER', createdAt }));
};
