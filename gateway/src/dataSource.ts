import type { GraphQLDataSource } from '@apollo/gateway';
import type { Subgraph, SubgraphResponse, WireError } from '@comptoir/shared/subgraph.ts';
import type { GatewayContext } from './context.ts';

type Process = GraphQLDataSource<GatewayContext>['process'];
type GatewayResponse = Awaited<ReturnType<Process>>;

/**
 * What @apollo/gateway calls for each fetch of a plan: one subgraph, in this process or far away. Each entity is asked for once per
 * fetch, however often it stands in the answer. Nothing is retried.
 */
export function dataSource(subgraph: Subgraph): GraphQLDataSource<GatewayContext> {
  return {
    async process(options) {
      const { query, variables } = options.request;
      // The gateway's own health checks and schema loading are off: nobody would be the viewer of those.
      if (options.kind !== 'incoming operation' || query === undefined) throw new Error(`Unexpected ${options.kind}`);
      const { viewer } = options.context;
      const { representations } = variables ?? {};
      const asked = Array.isArray(representations) ? once(representations) : null;
      if (asked === null) return toGateway(await subgraph.execute({ query, variables }, viewer));

      const answer = await subgraph.execute(
        { query, variables: { ...variables, representations: asked.distinct } },
        viewer,
      );
      return toGateway(spread(answer, asked.places));
    },
  };
}

// The gateway takes plain errors off the wire here; its types want instances of GraphQLError.
const toGateway = (response: SubgraphResponse): GatewayResponse => response as unknown as GatewayResponse;

/** Each different representation once, and for each the places where it stood; null when no two are alike. */
function once(representations: unknown[]): { distinct: unknown[]; places: number[][] } | null {
  const seen = new Map<string, number[]>();
  const distinct: unknown[] = [];
  representations.forEach((representation, place) => {
    // The gateway builds all of one fetch from the same selections, so equal ones have their keys in the same order.
    const key = JSON.stringify(representation);
    const places = seen.get(key);
    if (places !== undefined) {
      places.push(place);
    } else {
      seen.set(key, [place]);
      distinct.push(representation);
    }
  });
  return distinct.length === representations.length ? null : { distinct, places: [...seen.values()] };
}

/** Puts each entity, and each error about one, back into all the places where it was asked for. */
function spread({ data, errors }: SubgraphResponse, places: number[][]): SubgraphResponse {
  const entities = data?._entities;
  const spreadErrors = errors?.flatMap((error) => spreadError(error, places));
  if (!Array.isArray(entities) || entities.length !== places.length) return { data, errors: spreadErrors };

  const all: unknown[] = [];
  entities.forEach((entity, index) => {
    (places[index] as number[]).forEach((place, copy) => {
      // The gateway merges what comes later into these very objects, so no two places may share one.
      all[place] = copy === 0 ? entity : copyOf(entity);
    });
  });
  return { data: { ...data, _entities: all }, errors: spreadErrors };
}

function spreadError(error: WireError, places: number[][]): WireError[] {
  const [field, index, ...rest] = error.path ?? [];
  if (field !== '_entities' || typeof index !== 'number') return [error];
  return (places[index] ?? []).map((place) => ({ ...error, path: [field, place, ...rest] }));
}

/** A copy of JSON data; a fifth of what `structuredClone` costs. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) copy[key] = copyOf((value as Record<string, unknown>)[key]);
  return copy;
}
