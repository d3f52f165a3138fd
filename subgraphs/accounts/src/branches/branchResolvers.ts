import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { AccountResolvers, BranchResolvers, QueryResolvers } from '../../generated/graphql.ts';
import { findUsable } from './branchStore.ts';
import type { BranchRow } from './branchTables.ts';

const MAX_ASKED = 100;

export const Branch: BranchResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.branch.load(known);
  },
  account: (branch, _args, { loaders }) => loaders.account.load(branch.accountId),
  archived: (branch) => branch.archivedAt !== null,
};

export const AccountBranches: Pick<AccountResolvers, 'branches'> = {
  branches: async (account, args, { loaders }) => {
    const page = readPage(args, ['text', 'id']);
    const rows = await loaders.branches(account.id, page, { archived: args.archived ?? false });
    return connection<BranchRow>(rows, page, (row) => [row.name, row.id]);
  },
};

export const BranchQuery: Pick<QueryResolvers, 'branch' | 'internalBranches'> = {
  branch: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.branch.load(known);
  },
  internalBranches: async (_root, { accountId, ids }, ctx) => {
    if (ids.length > MAX_ASKED) throw badInput(`Ask for at most ${MAX_ASKED} branches.`, ['ids']);
    const account = readId(accountId);
    const readable = ids.map(readId).filter((id) => id !== null);
    if (account === null) return [];
    return await ctx.system('which branches of an account are in use', (tx) => findUsable(tx, account, readable));
  },
};
