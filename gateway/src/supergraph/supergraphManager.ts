import { scalars } from '@comptoir/shared/protocol/scalars.ts';
import { isSpecifiedScalarType, Kind, parse } from 'graphql';

type Update = (supergraphSdl: string) => void;

/** What `ApolloGateway` asks for its supergraph, and is given another one by. */
export type SupergraphManager = {
  initialize(given: { update: Update }): Promise<{ supergraphSdl: string }>;
  /**
   * Serves another supergraph from now on; requests that are under way end by the one that they began with. Throws
   * for one that cannot be served, and the old one goes on.
   */
  update: Update;
};

/** `subgraphs` are those that can be asked. */
export function createSupergraphManager(supergraphSdl: string, subgraphs: ReadonlySet<string>): SupergraphManager {
  let give: Update | null = null;
  return {
    async initialize({ update }) {
      check(supergraphSdl, subgraphs);
      give = update;
      return { supergraphSdl };
    },
    update(next) {
      if (give === null) throw new Error('The gateway is not loaded yet.');
      check(next, subgraphs);
      give(next);
    },
  };
}

/** What Apollo cannot know: which subgraphs there are, and what our scalars are judged by. */
function check(supergraphSdl: string, subgraphs: ReadonlySet<string>): void {
  for (const definition of parse(supergraphSdl, { noLocation: true }).definitions) {
    if (definition.kind === Kind.SCALAR_TYPE_DEFINITION) {
      const { value } = definition.name;
      const isOfFederation = value.includes('__');
      if (!isOfFederation && !(value in scalars) && !isSpecifiedScalarType({ name: value } as never))
        throw new Error(`Nothing says what a ${value} is.`);
    }
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const { directives = [] } of definition.values ?? [])
      for (const { value } of directives
        .flatMap((directive) => directive.arguments ?? [])
        .filter(({ name }) => name.value === 'name'))
        if (value.kind === Kind.STRING && !subgraphs.has(value.value))
          throw new Error(`The supergraph names the subgraph ${value.value}, which is not configured.`);
  }
}
