import { type SubgraphFixture, startSubgraph } from '@comptoir/testing/subgraphFixture.ts';
import { accounts } from '../schema.ts';

/** Accounts on a database of its own. */
export const startAccounts = (options?: Parameters<typeof startSubgraph>[1]): Promise<SubgraphFixture> =>
  startSubgraph(accounts, options);
