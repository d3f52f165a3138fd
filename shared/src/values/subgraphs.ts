/** The four subgraphs, in the order in which their migrations run and their processes start. */
export const SUBGRAPHS = ['identity', 'accounts', 'billing', 'trackers'] as const;
export type SubgraphName = (typeof SUBGRAPHS)[number];

/** The database role of a subgraph's requests: row-level security decides what it sees. */
export const requestRole = (subgraph: SubgraphName): string => `comptoir_${subgraph}`;

/** The database role of a subgraph's jobs, internal operations and what happens before anyone is known. */
export const systemRole = (subgraph: SubgraphName): string => `comptoir_${subgraph}_system`;
