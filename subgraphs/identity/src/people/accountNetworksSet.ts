import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { readNetworks, refusesOwnLockOut } from './networks.ts';
import { saveAccountNetworks } from './peopleStore.ts';

export const accountNetworksSet: MutationResolvers['accountNetworksSet'] = async (_root, { input }, ctx) => {
  const { accountId, address } = ctx.viewer as PersonViewer;
  // The list stands in the schema `access`, where only the system role writes; the account is the viewer's own and
  // never comes from input.
  const outcome = await ctx.system('set the networks of the active account', async (tx) => {
    const networks = readNetworks(input.networks);
    if (networks instanceof Refusal) return networks;
    const locksOut = refusesOwnLockOut(networks, address);
    if (locksOut !== null) return locksOut;

    await saveAccountNetworks(tx, accountId, networks);
    return { id: accountId };
  });
  return outcome instanceof Refusal ? { account: null, userErrors: [outcome] } : { account: outcome, userErrors: [] };
};
