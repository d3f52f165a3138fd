import type { AccountResolvers, ViewerResolvers } from '../../generated/graphql.ts';
import { loadTotpState } from './totpStore.ts';

export const ViewerTotp: Pick<ViewerResolvers, 'totp'> = {
  // A key has nothing to do with how its maker logs in.
  totp: async ({ userId }, _args, { read, viewer }) =>
    viewer.kind === 'KEY' ? null : await read((tx) => loadTotpState(tx, userId)),
};

export const AccountSecondFactor: Pick<AccountResolvers, 'secondFactorRequired' | 'secondFactorMissing'> = {
  secondFactorRequired: async ({ id }, _args, { loaders }) =>
    (await loaders.secondFactorRequired.load(id))?.required ?? null,
  secondFactorMissing: async ({ id }, _args, { loaders, viewer }) =>
    (viewer.kind === 'PERSON' && (await loaders.secondFactorMissing.load(id)) !== null) ||
    // Anyone who waits at the door of their own account is told by the same field.
    (viewer.kind === 'ANONYMOUS' && viewer.secondFactorFor === id),
};
