import { readAreaText } from '@comptoir/shared/viewer/areas.ts';
import type { SessionMembershipResolvers } from '../../generated/graphql.ts';

export const SessionMembership: SessionMembershipResolvers = {
  accountName: (membership, _args, { loaders }) => loaders.accountName.load(membership.accountId),
  areas: (membership) => membership.areas.map(readAreaText),
};
