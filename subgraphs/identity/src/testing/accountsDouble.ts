import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';

export type AccountsDouble = Subgraph & {
  /** The account of each branch. */
  branches: Map<string, string>;
  /** The provider's own accounts. */
  providers: Set<string>;
};

/**
 * What identity asks of accounts, answered without one: every account has a name, and the branches that a test says.
 */
export function accountsDouble(): AccountsDouble {
  const branches = new Map<string, string>();
  const providers = new Set<string>();
  return {
    name: 'accounts',
    branches,
    providers,
    async execute({ query, variables }) {
      const { accountId, ids = [] } = (variables ?? {}) as { accountId?: string; ids?: string[] };
      return query.includes('internalBranches')
        ? { data: { internalBranches: ids.filter((id) => branches.get(id) === accountId).map((id) => ({ id })) } }
        : {
            data: {
              internalAccountNames: ids.map((id) => ({ id, name: `Name of <${id}>`, isProvider: providers.has(id) })),
            },
          };
    },
  };
}
