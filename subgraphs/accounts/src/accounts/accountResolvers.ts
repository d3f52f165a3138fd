import { badInput } from '@comptoir/shared/errors.ts';
import { connection, readPage } from '@comptoir/shared/pagination.ts';
import { isStorable } from '@comptoir/shared/text.ts';
import { readId } from '@comptoir/shared/uuid.ts';
import type { AccountResolvers, QueryResolvers } from '../../generated/graphql.ts';
import { notAPartner } from './account.ts';
import { loadAccountPage } from './accountStore.ts';
import type { AccountRow } from './accountTables.ts';

const keysOf = (account: AccountRow): string[] => [account.name, account.id];

function readSearch(search: string | null | undefined): string | null {
  if (search == null || search.trim() === '') return null;
  if (search.length > 100 || !isStorable(search)) throw badInput('Search for at most 100 characters.', ['search']);
  return search.trim();
}

export const Account: AccountResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.account.load(known);
  },
  clients: async (account, args, { loaders, now }) => {
    if (account.kind !== 'PARTNER') throw notAPartner();
    const page = readPage(args, ['text', 'id']);
    return connection(await loaders.clients(account.id, page, { search: readSearch(args.search), now }), page, keysOf);
  },
};

export const Query: Pick<QueryResolvers, 'account' | 'accounts'> = {
  account: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.account.load(known);
  },
  accounts: async (_root, args, { read }) => {
    const page = readPage(args, ['text', 'id']);
    const search = readSearch(args.search);
    return connection(await read((tx) => loadAccountPage(tx, page, search)), page, keysOf);
  },
};
