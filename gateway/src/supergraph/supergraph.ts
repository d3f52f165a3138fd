import { composeServices } from '@apollo/composition';
import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { parse } from 'graphql';

/**
 * Composes the subgraphs' own SDLs into one supergraph and gives its SDL; throws with the text of every composition
 * error. The addresses in it are placeholders: the gateway knows where a subgraph is, another router's configuration
 * overrides them.
 */
export function composeSupergraph(sdls: Partial<Record<SubgraphName, string>>): string {
  const services = Object.entries(sdls).map(([name, sdl]) => ({
    name,
    typeDefs: parse(sdl),
    url: `http://${name}.invalid/graphql`,
  }));
  const { errors, supergraphSdl } = composeServices(services);
  if (errors !== undefined && errors.length > 0) {
    throw new Error(`The subgraphs do not compose:\n  ${errors.map((error) => error.message).join('\n  ')}`);
  }
  return supergraphSdl as string;
}
