import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import type { AccountResolvers, LoginAsResolvers, ViewerResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { endingOf } from './loginAs.ts';

/** One instant for all fields of an operation: lists with the same arguments share their statement. */
const instants = new WeakMap<object, Date>();

function instantOf(ctx: object, config: IdentityConfig): Date {
  const at = instants.get(ctx) ?? realNow(config);
  instants.set(ctx, at);
  return at;
}

export const LoginAs = (config: IdentityConfig): LoginAsResolvers => ({
  account: ({ accountId }) => ({ id: accountId }),
  actor: async ({ actorUserId }, _args, { loaders }) => await loaders.user.load(actorUserId),
  actorAccountName: ({ actorAccountId }, _args, { loaders }) => loaders.accountName.load(actorAccountId),
  endedAt: (row) => endingOf(row, realNow(config))?.at ?? null,
  endedBy: (row) => endingOf(row, realNow(config))?.by ?? null,
  active: (row) => endingOf(row, realNow(config)) === null,
});

export const AccountLoginAs = (config: IdentityConfig): Pick<AccountResolvers, 'loginAsSessions'> => ({
  loginAsSessions: async (account, args, ctx) => {
    const page = readPage(args, ['instant', 'id']);
    const filter = { active: args.active ?? null, at: instantOf(ctx, config).toISOString() };
    const rows = await ctx.loaders.loginAsSessions(account.id, page, filter);
    return connection(rows, page, (row) => [row.startedAt.toISOString(), row.id]);
  },
});

export const ViewerLoginAs: Pick<ViewerResolvers, 'loginAs'> = {
  loginAs: async (_viewer, _args, { loaders, viewer }) => {
    const actor = viewer.kind === 'PERSON' ? viewer.actors?.[0] : undefined;
    return actor === undefined ? null : await loaders.loginAs.load(actor.loginAsId);
  },
};
