import { type LocalSubgraphs, openSubgraphs, type SubgraphsOptions } from '../installation/installation.ts';

/** Opens the four subgraphs for the work alone, their jobs not running, and stops them after it. For seeds. */
export async function withSubgraphs<T>(
  options: Omit<SubgraphsOptions, 'poolSize'>,
  work: (subgraphs: LocalSubgraphs) => Promise<T>,
): Promise<T> {
  // No one waits for an answer here: rather late than not at all.
  const subgraphs = await openSubgraphs({ ...options, poolSize: { request: 2, system: 2, waitMs: 30_000 } });
  try {
    return await work(subgraphs);
  } finally {
    await Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.stop()));
  }
}
