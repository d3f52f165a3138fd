import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { QueryResolvers } from '../../generated/graphql.ts';
import { loadAccounts } from './accountStore.ts';

const MOST = 1_000;

export const internalAccountFacts: QueryResolvers['internalAccountFacts'] = async (_root, { ids }, ctx) => {
  if (ids.length > MOST) throw badInput(`Ask for at most ${MOST} accounts.`, ['ids']);
  const readable = ids.map(readId).filter((id) => id !== null);
  const accounts = await ctx.system('what accounts are, for a service', (tx) => loadAccounts(tx, readable));
  return accounts.map(({ id, kind, name, status, timeZone }) => ({
    id,
    kind,
    name,
    cancelled: status === 'CANCELLED',
    timeZone,
  }));
};
