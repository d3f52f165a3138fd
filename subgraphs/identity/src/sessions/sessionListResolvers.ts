import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import type { SessionResolvers, ViewerResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { loadOpenSessions } from './sessionListStore.ts';

export const ViewerSessions = (config: IdentityConfig): Pick<ViewerResolvers, 'sessions'> => ({
  sessions: async ({ userId }, args, ctx) => {
    const page = readPage(args, ['instant', 'id']);
    // A key is no one's session, and sees none.
    const rows =
      ctx.viewer.kind === 'KEY'
        ? []
        : await ctx.read((tx) => loadOpenSessions(tx, { userId, at: realNow(config) }, page));
    return connection(rows, page, (row) => [row.createdAt.toISOString(), row.id]);
  },
});

export const Session: SessionResolvers = {
  current: (session, _args, { viewer }) => 'sessionId' in viewer && viewer.sessionId === session.id,
  account: (session) => (session.accountId === null ? null : { id: session.accountId }),
  loginAs: async (session, _args, { loaders }) =>
    session.loginAsId === null ? null : await loaders.loginAs.load(session.loginAsId),
};
