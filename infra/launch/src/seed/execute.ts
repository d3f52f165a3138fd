import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';

/**
 * The one root field of an operation's answer. Throws for errors and for a business "no": what is seeded must succeed.
 */
export async function must<T>(
  subgraph: Subgraph,
  query: string,
  variables: Record<string, unknown>,
  viewer: Viewer,
): Promise<T> {
  const { data, errors } = await subgraph.execute({ query, variables }, viewer);
  const answer = Object.values(data ?? {})[0] as (T & { userErrors?: { message: string }[] }) | null | undefined;
  const problem = errors?.[0]?.message ?? answer?.userErrors?.[0]?.message;
  if (problem !== undefined || answer == null) {
    throw new Error(`${subgraph.name} refused to be seeded: ${problem ?? 'no answer'} (${query.slice(0, 80)})`);
  }
  return answer;
}
