import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { readAreaText } from '@comptoir/shared/viewer/areas.ts';
import { holds, type Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { AccountResolvers, ApiKeyResolvers } from '../../generated/graphql.ts';
import type { ApiKeyRow } from './apiKeyTables.ts';

/** Keys are seen with SECURITY; a key sees itself. */
const maySeeKey = (viewer: Viewer, row: ApiKeyRow): boolean =>
  holds(viewer, 'SECURITY', 'READ') || (viewer.kind === 'KEY' && viewer.keyId === row.id);

export const ApiKey: ApiKeyResolvers = {
  __resolveReference: async ({ id }, { loaders, viewer }) => {
    const known = readId(id);
    const row = known === null ? null : await loaders.apiKey.load(known);
    return row !== null && maySeeKey(viewer, row) ? row : null;
  },
  // A key that was handed over is seen by the one who sees its owner, who need not see its maker (G12).
  createdBy: async (apiKey, _args, { loaders }) => await loaders.user.load(apiKey.createdBy),
  owner: ({ userId }) => (userId === null ? 'ACCOUNT' : 'MEMBER'),
  heldBy: async ({ userId }, _args, { loaders }) => (userId === null ? null : await loaders.user.load(userId)),
  account: (apiKey) => ({ id: apiKey.accountId }),
  areas: (apiKey) => apiKey.areas.map(readAreaText),
  accounts: (apiKey) => apiKey.accounts?.map((id) => ({ id })) ?? null,
};

export const AccountApiKeys: Pick<AccountResolvers, 'apiKeys'> = {
  apiKeys: async (account, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.apiKeys(account.id, page, null);
    return connection<ApiKeyRow>(rows, page, (row) => [row.createdAt.toISOString(), row.id]);
  },
};
