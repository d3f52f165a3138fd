import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { holds, type Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type {
  AccountResolvers,
  InvitationResolvers,
  MembershipResolvers,
  QueryResolvers,
  ViewerResolvers,
} from '../../generated/graphql.ts';
import type { MembershipRow } from '../people/userTables.ts';
import { invitationActions, statusOf } from './invitation.ts';
import type { InvitationRow } from './invitationTables.ts';

const keysOf = (row: InvitationRow): string[] => [row.createdAt.toISOString(), row.id];
const isInvited = (viewer: Viewer, row: InvitationRow): boolean =>
  (viewer.kind === 'PERSON' || viewer.kind === 'ANONYMOUS') && viewer.userId === row.userId;

/** One's own, or with SECURITY those of accounts that policies open; a key sees none of its maker's elsewhere. */
const maySee = (viewer: Viewer, row: InvitationRow): boolean =>
  isInvited(viewer, row) ||
  (holds(viewer, 'SECURITY', 'READ') &&
    !(viewer.kind === 'KEY' && viewer.userId === row.userId && viewer.accountId !== row.accountId));

export const Invitation: InvitationResolvers = {
  __resolveReference: async ({ id }, { loaders, viewer }) => {
    const known = readId(id);
    const row = known === null ? null : await loaders.invitation.load(known);
    return row !== null && maySee(viewer, row) ? row : null;
  },
  account: (invitation) => ({ id: invitation.accountId }),
  accountName: (invitation, _args, { loaders }) => loaders.accountName.load(invitation.accountId),
  // Anyone who sees the invitation sees what it offers: the policies of both are the same.
  membership: async (invitation, _args, { loaders }) =>
    (await loaders.membership.load(invitation.membershipId)) as MembershipRow,
  invitedBy: (invitation, _args, { loaders, viewer }) =>
    holds(viewer, 'SECURITY', 'READ') ? loaders.user.load(invitation.invitedBy) : null,
  status: (invitation, _args, { now }) => statusOf(invitation, now),
  availableActions: async (invitation, _args, { loaders, viewer, now }) => {
    const writable = holds(viewer, 'SECURITY', 'WRITE') && (await loaders.writable.load(invitation.accountId)) !== null;
    return invitationActions(invitation, { invited: isInvited(viewer, invitation), manages: writable }, now);
  },
};

export const AccountInvitations: Pick<AccountResolvers, 'invitations'> = {
  invitations: async (account, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    return connection(await loaders.accountInvitations(account.id, page, null), page, keysOf);
  },
};

export const ViewerInvitations: Pick<ViewerResolvers, 'invitations'> = {
  invitations: async ({ userId }, args, { loaders, viewer, now }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = viewer.kind === 'KEY' ? [] : await loaders.waitingInvitations(userId, page, { now });
    return connection(rows, page, keysOf);
  },
};

export const MembershipInvitation: Pick<MembershipResolvers, 'invitation'> = {
  invitation: (membership, _args, { loaders }) => loaders.newestInvitation.load(membership.id),
};

export const InvitationQuery: Pick<QueryResolvers, 'invitation'> = {
  invitation: async (_root, { id }, { loaders, viewer }) => {
    const known = readId(id);
    const row = known === null ? null : await loaders.invitation.load(known);
    return row !== null && maySee(viewer, row) ? row : null;
  },
};
