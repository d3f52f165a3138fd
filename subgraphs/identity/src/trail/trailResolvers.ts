import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { holds, isStaff, type Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type {
  AccountResolvers,
  QueryResolvers,
  TrailActorResolvers,
  TrailEntryResolvers,
} from '../../generated/graphql.ts';
import type { TrailRow } from './trailTables.ts';

/** As rows name what was done: a field, a path of fields, several fields that staff read at once. */
const ACTION = /^[A-Za-z_][\w. ]{0,199}$/;

export const AccountTrail: Pick<AccountResolvers, 'trail'> = {
  trail: async (account, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const userId = args.actorUserId == null ? null : readId(args.actorUserId);
    if (args.actorUserId != null && userId === null) throw badInput('That is no id.', ['actorUserId']);
    const action = args.action ?? null;
    if (action !== null && !ACTION.test(action)) throw badInput('That is no query or mutation.', ['action']);
    const filter = { from: args.from ?? null, to: args.to ?? null, userId, action };
    const rows: TrailRow[] = await loaders.trail(account.id, page, filter);
    return connection(rows, page, (row) => [row.at.toISOString(), row.id]);
  },
};

/**
 * The rows that policies let through are narrowed to what is the viewer's business: their own doings, in this account
 * for a key, or those of accounts with SECURITY.
 */
const mayRead = (viewer: Viewer, row: TrailRow): boolean => {
  if (holds(viewer, 'SECURITY', 'READ')) return true;
  if (viewer.kind === 'KEY') return row.keyId === viewer.keyId;
  return viewer.kind !== 'SERVICE' && viewer.userId !== null && row.userId === viewer.userId;
};

export const TrailQuery: Pick<QueryResolvers, 'decision'> = {
  decision: async (_root, args, { loaders, viewer }) => {
    const id = readId(args.id);
    const row = id === null ? null : await loaders.trailEntry.load(id);
    return row !== null && mayRead(viewer, row) ? row : null;
  },
};

/**
 * Who it was and from where is the business of the account that they acted for; anyone else the row concerns sees
 * which account that is.
 */
const maySeeWho = (viewer: Viewer, row: TrailRow): boolean =>
  viewer.kind !== 'SERVICE' &&
  ((viewer.userId !== null && viewer.userId === row.userId) ||
    isStaff(viewer) ||
    ((viewer.kind === 'PERSON' || viewer.kind === 'KEY') && viewer.accountId === row.accountId));

export const TrailEntry: TrailEntryResolvers = {
  userId: (row, _args, { viewer }) => (maySeeWho(viewer, row) ? row.userId : null),
  user: async (row, _args, { loaders, viewer }) =>
    row.userId === null || !maySeeWho(viewer, row) ? null : await loaders.user.load(row.userId),
  apiKeyId: (row, _args, { viewer }) => (maySeeWho(viewer, row) ? row.keyId : null),
  actingAccountId: ({ accountId }) => accountId,
  actingAccount: ({ accountId }) => (accountId === null ? null : { id: accountId }),
  service: ({ byService }) => byService,
  subjects: ({ subjects }) =>
    subjects.map((text) => {
      const [name = '', ...id] = text.split(':');
      return { name, id: id.join(':') };
    }),
  address: (row, _args, { viewer }) => (maySeeWho(viewer, row) ? row.address : null),
};

export const TrailActor: TrailActorResolvers = { account: ({ accountId }) => ({ id: accountId }) };
