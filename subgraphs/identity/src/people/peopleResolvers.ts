import { accountOpening } from '@comptoir/shared/protocol/errors.ts';
import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { readAreaText } from '@comptoir/shared/viewer/areas.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { GraphQLError } from 'graphql';
import type {
  AccountResolvers,
  MembershipResolvers,
  QueryResolvers,
  UserResolvers,
  ViewerResolvers,
} from '../../generated/graphql.ts';
import { maySeeMembership, maySeeUser } from './peopleStore.ts';
import type { MembershipRow } from './userTables.ts';

/** Who asks, in memory; an account elsewhere, by its id. */
export type Asking = { userId: string };
/** `named` where anyone who sees the reference may know the name, whether or not the account is in sight. */
export type AccountReference = { id: string; named?: boolean };

const keysOf = (membership: MembershipRow): string[] => [membership.createdAt.toISOString(), membership.id];

export const User: UserResolvers = {
  __resolveReference: async ({ id }, { loaders, viewer }) => {
    const known = readId(id);
    const row = known === null ? null : await loaders.user.load(known);
    return row !== null && maySeeUser(viewer, row) ? row : null;
  },
};

export const Membership: MembershipResolvers = {
  __resolveReference: async ({ id }, { loaders, viewer }) => {
    const known = readId(id);
    const row = known === null ? null : await loaders.membership.load(known);
    return row !== null && maySeeMembership(viewer, row) ? row : null;
  },
  // Policies show the person once they accepted.
  user: (membership, _args, { loaders }) => loaders.user.load(membership.userId),
  account: (membership, _args, { viewer }) => ({ id: membership.accountId, named: knowsName(viewer, membership) }),
  areas: (membership) => membership.areas.map(readAreaText),
};

/**
 * A person knows the accounts that they are in or invited to, and anyone who sees the people of an account knows the
 * account.
 */
const knowsName = (viewer: Viewer, { userId, status }: MembershipRow): boolean =>
  viewer.kind !== 'SERVICE' && (userId !== viewer.userId || NAMED_BY.has(status));
const NAMED_BY: ReadonlySet<string> = new Set(['PENDING', 'INVITATION_SENT', 'ACTIVE']);

export const AccountPeople: Pick<AccountResolvers, '__resolveReference' | 'people' | 'networks' | 'name'> = {
  __resolveReference: ({ id }) => {
    const known = readId(id);
    return known === null ? null : { id: known };
  },
  name: async ({ id, named = false }, _args, { loaders }) => {
    const name = named ? await loaders.accountName.load(id) : null;
    if (name !== null) return name;
    throw new GraphQLError('The name of this account is not available.', { extensions: { code: 'NOT_AVAILABLE' } });
  },
  people: async (account, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection(await loaders.people(account.id, page, { status: args.status ?? null }), page, keysOf);
  },
  networks: async (account, _args, { loaders }) => (await loaders.accountNetworks.load(account.id))?.networks ?? null,
};

export const PeopleQuery: Pick<QueryResolvers, 'viewer'> = {
  // Guarded by `known`: there is a person.
  viewer: (_root, _args, { viewer }) => ({ userId: viewer.kind === 'SERVICE' ? '' : (viewer.userId ?? '') }),
};

export const ViewerFields: ViewerResolvers = {
  user: async ({ userId }, _args, { loaders }) => await loaders.user.load(userId),
  // Anyone who logged in as the account is no member of it.
  membership: async (_viewer, _args, { loaders, viewer }) =>
    viewer.kind === 'KEY' || (viewer.kind === 'PERSON' && viewer.actors === undefined)
      ? await loaders.membership.load(viewer.membershipId)
      : null,
  account: (_viewer, _args, { viewer }) => {
    if (viewer.kind !== 'PERSON' && viewer.kind !== 'KEY') return null;
    if (viewer.opening) throw accountOpening();
    return { id: viewer.accountId };
  },
  memberships: async ({ userId }, args, { loaders, viewer }) => {
    const page = readPage(args, ['instant', 'id']);
    const accountId = viewer.kind === 'KEY' ? viewer.accountId : null;
    return connection(await loaders.memberships(userId, page, { accountId }), page, keysOf);
  },
  apiKey: async (_viewer, _args, { loaders, viewer }) =>
    viewer.kind === 'KEY' ? await loaders.apiKey.load(viewer.keyId) : null,
};
