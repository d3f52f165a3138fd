import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { holds, type PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MembershipResolvers, QueryResolvers, UserResolvers } from '../../generated/graphql.ts';
import type { ApiKeyRow } from '../apiKeys/apiKeyTables.ts';
import { readSearch } from '../contacts/contactResolvers.ts';
import { maySeeMembership } from '../people/peopleStore.ts';
import type { MembershipRow } from '../people/userTables.ts';
import { membershipActions } from './member.ts';
import { loadContactsAndGuests, loadUserPage } from './memberStore.ts';

const keysOf = (row: { createdAt: Date; id: string }): string[] => [row.createdAt.toISOString(), row.id];

type Fields = 'email' | 'contact' | 'mobile' | 'branches' | 'apiKeys' | 'endingKeys' | 'knownKeys' | 'availableActions';

/** The access record (G14). */
export const MembershipRecord: Pick<MembershipResolvers, Fields> = {
  email: async (membership, _args, { loaders }) =>
    (await loaders.user.load(membership.userId))?.email ??
    (await loaders.newestInvitation.load(membership.id))?.email ??
    null,
  contact: ({ contactId }, _args, { loaders, viewer }) =>
    contactId === null || !holds(viewer, 'OTHER', 'READ') ? null : loaders.contact.load(contactId),
  mobile: async ({ contactId }, _args, { loaders, viewer }) =>
    contactId === null || !holds(viewer, 'SECURITY', 'READ')
      ? null
      : ((await loaders.contact.load(contactId))?.mobile ?? null),
  branches: ({ branches }) => branches?.map((id) => ({ id })) ?? null,
  apiKeys: async (membership, args, { loaders, viewer }) => {
    if (!holds(viewer, 'SECURITY', 'READ')) return null;
    const page = readPage(args, ['instant', 'id']);
    return connection<ApiKeyRow>(await loaders.memberKeys(membership.id, page, null), page, keysOf);
  },
  endingKeys: async (membership, args, { loaders, viewer, now }) => {
    if (!holds(viewer, 'SECURITY', 'READ')) return null;
    const page = readPage(args, ['instant', 'id']);
    return connection<ApiKeyRow>(await loaders.endingKeys(membership.id, page, { now }), page, keysOf);
  },
  knownKeys: async (membership, args, { loaders, viewer, now }) => {
    if (!holds(viewer, 'SECURITY', 'READ')) return null;
    const page = readPage(args, ['instant', 'id']);
    return connection<ApiKeyRow>(await loaders.knownKeys(membership.id, page, { now }), page, keysOf);
  },
  availableActions: async (membership, _args, { loaders, viewer }) => {
    const manages = holds(viewer, 'SECURITY', 'WRITE') && (await loaders.writable.load(membership.accountId)) !== null;
    const owners = (await loaders.owners.load(membership.accountId))?.owners ?? [];
    const ending = holds(viewer, 'SECURITY', 'READ') ? await loaders.endingKeyCount.load(membership.id) : null;
    const by = { viewer: viewer as PersonViewer, manages, owners, endingKeyCount: ending?.count ?? null };
    return membershipActions(membership, by);
  },
};

export const UserRecord: Pick<UserResolvers, 'memberships' | 'endingKeys'> = {
  endingKeys: async (user, args, { loaders, now }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection<ApiKeyRow>(await loaders.endingKeysOfUser(user.id, page, { now }), page, keysOf);
  },
  memberships: async (user, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection(await loaders.accessList(user.id, page, null), page, keysOf);
  },
};

export const MemberQuery: Pick<QueryResolvers, 'membership' | 'user' | 'users' | 'contactsAndGuests'> = {
  membership: async (_root, { id }, { loaders, viewer }) => {
    const known = readId(id);
    const row = known === null ? null : await loaders.membership.load(known);
    return row !== null && maySeeMembership(viewer, row) ? row : null;
  },
  user: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.user.load(known);
  },
  users: async (_root, args, { read }) => {
    const page = readPage(args, ['text']);
    const search = readSearch(args.search);
    return connection(await read((tx) => loadUserPage(tx, page, search)), page, (row) => [row.email]);
  },
  contactsAndGuests: async (_root, args, { read }) => {
    if (args.type === 'OWNER') throw badInput('Ask for CONTACT or GUEST.', ['type']);
    const page = readPage(args, ['instant', 'id']);
    const filter = { type: args.type ?? null, status: args.status ?? null };
    return connection<MembershipRow>(await read((tx) => loadContactsAndGuests(tx, page, filter)), page, keysOf);
  },
};
