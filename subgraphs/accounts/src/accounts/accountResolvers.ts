import { accountOpening, badInput } from '@comptoir/shared/protocol/errors.ts';
import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { isStorable } from '@comptoir/shared/values/text.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { AccountResolvers, QueryResolvers } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { notAPartner } from './account.ts';
import { loadAccountPage } from './accountStore.ts';
import type { AccountRow } from './accountTables.ts';

const keysOf = (account: AccountRow): string[] => [account.name, account.id];

function readSearch(search: string | null | undefined): string | null {
  if (search == null || search.trim() === '') return null;
  if (search.length > 100 || !isStorable(search)) throw badInput('Search for at most 100 characters.', ['search']);
  return search.trim();
}

/**
 * An account that the viewer may see. Their own that is not there yet is being opened: that is said, not that there is
 * none.
 */
async function findAccount(
  id: string,
  { loaders, viewer }: Pick<SubgraphContext, 'loaders' | 'viewer'>,
): Promise<AccountRow | null> {
  const known = readId(id);
  const row = known === null ? null : await loaders.account.load(known);
  if (row !== null || (viewer.kind !== 'PERSON' && viewer.kind !== 'KEY')) return row;
  if (viewer.opening && viewer.accountId === known) throw accountOpening();
  return null;
}

export const Account: AccountResolvers = {
  __resolveReference: async ({ id }, { loaders, viewer }) => await findAccount(id, { loaders, viewer }),
  clients: async (account, args, { loaders, now }) => {
    if (account.kind !== 'PARTNER') throw notAPartner();
    const page = readPage(args, ['text', 'id']);
    return connection(await loaders.clients(account.id, page, { search: readSearch(args.search), now }), page, keysOf);
  },
};

export const Query: Pick<QueryResolvers, 'account' | 'accounts'> = {
  account: async (_root, { id }, { loaders, viewer }) => await findAccount(id, { loaders, viewer }),
  accounts: async (_root, args, { read }) => {
    const page = readPage(args, ['text', 'id']);
    const search = readSearch(args.search);
    return connection(await read((tx) => loadAccountPage(tx, page, search)), page, keysOf);
  },
};
