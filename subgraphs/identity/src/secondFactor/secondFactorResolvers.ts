import type { ViewerResolvers } from '../../generated/graphql.ts';
import { loadTotpState } from './totpStore.ts';

export const ViewerTotp: Pick<ViewerResolvers, 'totp'> = {
  // A key has nothing to do with how its maker logs in.
  totp: async ({ userId }, _args, { read, viewer }) =>
    viewer.kind === 'KEY' ? null : await read((tx) => loadTotpState(tx, userId)),
};
