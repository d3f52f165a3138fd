import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import type { KeyViewer, PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { AccessGrantorResolvers, AccessHolderResolvers, QueryResolvers } from '../../generated/graphql.ts';
import { opensByDelegation } from './explain.ts';
import { explainAccess, type Grantor } from './explainAccess.ts';
import { findPlaces } from './place.ts';
import { isWholeAccount } from './rules.ts';
import { asksSecondFactorAt, findHolders, findReach, type HolderRow } from './standingAt.ts';

/** A holder in memory; `ofAccount` is the asker's own account, whose members and keys are listed. */
export type Holder = HolderRow & { ofAccount: string };
export type { Grantor };

export const WhyQuery: Pick<QueryResolvers, 'explainAccess' | 'whoCanAccess'> = {
  explainAccess,
  whoCanAccess: async (_root, { resource, area, verb, at, ...args }, ctx) => {
    const page = readPage(args, ['text', 'id']);
    const { accountId } = ctx.viewer as PersonViewer | KeyViewer;
    const places = await findPlaces(ctx, resource, at ?? null);
    if (places === null) return null;
    // What was not there then no one reached.
    const { asOf: place } = places;
    if (place === null) return connection<Holder>([], page, ({ kind, id }) => [kind, id]);
    const wanted = {
      account: accountId,
      owner: place.accountId,
      area,
      verb,
      payerId: place.payerId,
      branches: place.branches,
      wholeAccount: isWholeAccount(area),
      at: at ?? ctx.now,
    };
    const rows = await ctx.system('who can reach a resource', async (tx) => {
      const { at } = wanted;
      const reach = { holder: accountId, account: place.accountId, area, verb, at };
      const asksAtHome = await asksSecondFactorAt(tx, { holder: accountId, account: accountId, at });
      const way = {
        partnership: (await findReach(tx, reach)) !== null,
        asksSecondFactor: await asksSecondFactorAt(tx, reach),
        delegation: opensByDelegation({ area, verb }, place, accountId),
      };
      return await findHolders(tx, { ...wanted, asksAtHome, way }, page);
    });
    const holders: Holder[] = rows.map((row) => ({ ...row, ofAccount: accountId }));
    return connection(holders, page, ({ kind, id }) => [kind, id]);
  },
};

export const AccessGrantor: AccessGrantorResolvers = {
  membership: async ({ membershipId }, _args, { loaders }) =>
    membershipId === null ? null : await loaders.membership.load(membershipId),
  account: ({ accountId }) => ({ id: accountId }),
};

export const AccessHolder: AccessHolderResolvers = {
  membership: async ({ kind, id }, _args, { loaders }) =>
    kind === 'MEMBERSHIP' ? await loaders.membership.load(id) : null,
  apiKey: async ({ kind, id }, _args, { loaders }) => (kind === 'API_KEY' ? await loaders.apiKey.load(id) : null),
  account: ({ kind, id, ofAccount }) => ({ id: kind === 'PARTNER_ACCOUNT' ? id : ofAccount }),
};
