import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { holds } from '@comptoir/shared/viewer/viewer.ts';
import type {
  AccountResolvers,
  PlanSubscriptionResolvers,
  QueryResolvers,
  SubscriptionChangeResolvers,
} from '../../../generated/graphql.ts';
import { mayKnowDoer } from '../../base/scope.ts';
import { availableActions } from './actions.ts';
import type { ShownChange } from './subscriptionStore.ts';

export const PlanSubscription: PlanSubscriptionResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.subscription.load(known);
  },
  account: ({ accountId }) => ({ id: accountId }),
  profile: async ({ profileId }, _args, { loaders }) =>
    profileId === null ? null : await loaders.profile.load(profileId),
  perCycle: ({ paid, currency, perCycle: minor }) => (paid && currency !== null ? { minor, currency } : null),
  periodFrom: ({ period }) => period.from,
  periodTo: ({ period }) => period.to,
  renewsOn: ({ status, terms, period }) => (status === 'ACTIVE' && terms.kind !== 'TRIAL' ? period.to : null),
  endsOn: ({ status, terms, period }) =>
    status === 'CANCELLED' || (status === 'ACTIVE' && terms.kind === 'TRIAL') ? period.to : null,
  availableActions: async (subscription, _args, { loaders, viewer, now }) => {
    const standing = await loaders.standing.load(subscription.id);
    if (standing === null) return [];
    const acting = viewer.kind === 'PERSON' || viewer.kind === 'KEY' ? viewer : null;
    const asker = {
      writes: holds(viewer, 'BILLING', 'WRITE'),
      asOneself: (acting?.actors ?? []).length === 0,
      accountId: acting?.accountId ?? null,
    };
    return availableActions(subscription, standing, asker, now);
  },
  history: async ({ id }, args, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    const rows = await loaders.subscriptionChanges(id, page, null);
    return connection<ShownChange>(rows, page, (change) => [change.changedAt.toISOString(), change.id]);
  },
};

export const SubscriptionChange: SubscriptionChangeResolvers = {
  changedBy: ({ changedBy }, _args, { viewer }) =>
    changedBy !== null && mayKnowDoer(viewer, changedBy, null) ? { id: changedBy } : null,
  perCycle: ({ paid, currency, perCycle: minor }) => (paid && currency !== null ? { minor, currency } : null),
  quote: async ({ quoteId }, _args, { loaders }) => (quoteId === null ? null : await loaders.quote.load(quoteId)),
  invoice: async ({ invoiceId }, _args, { loaders }) =>
    invoiceId === null ? null : await loaders.invoice.load(invoiceId),
};

export const AccountSubscription: Pick<AccountResolvers, 'subscription'> = {
  subscription: async ({ id }, _args, { loaders }) => {
    const known = id === undefined ? null : readId(id);
    return known === null ? null : await loaders.subscriptionOf.load(known);
  },
};

export const SubscriptionQuery: Pick<QueryResolvers, 'subscription'> = {
  subscription: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.subscription.load(known);
  },
};
