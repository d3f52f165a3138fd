import { leaksIn } from './leaks.ts';
import { entitiesOf, isReference, type Reading, readingsOf, schemaOf } from './operations.ts';
import { isThere } from './readAll.ts';
import type { Caller, Tenants } from './tenants.ts';

/**
 * Every entity of every subgraph with every remote id, straight to the subgraph; returns what leaked and what somebody
 * entitled sees.
 */
export async function askEntities(
  tenants: Tenants,
  caller: Caller,
  ids: readonly string[],
): Promise<{ leaks: string[]; seen: Set<string> }> {
  const leaks: string[] = [];
  const seen = new Set<string>();
  const idsOf = (table: string) => new Set(tenants.remoteIds.filter((row) => row.table === table).map(({ id }) => id));
  const [accountIds, trackerIds] = [idsOf('accounts.account'), idsOf('trackers.tracker')];
  for (const subgraph of Object.values(tenants.installation.subgraphs)) {
    for (const type of entitiesOf(schemaOf(subgraph.sdl))) {
      const readings = readingsOf(type);
      const ask = async (some: readonly Reading[], of: readonly string[]): Promise<unknown[]> => {
        const fields = some.map(
          ({ text }, at) => `e${at}: _entities(representations: $r) { ... on ${type.name} { ${text} } }`,
        );
        const r = of.map((id) => ({ __typename: type.name, id }));
        const query = `query ($r: [_Any!]!) { ${fields.join('\n')} }`;
        const { data, errors } = await subgraph.execute({ query, variables: { r } }, caller.viewer);
        for (const [at, { covers, path }] of some.entries()) {
          for (const [n, item] of ((data?.[`e${at}`] ?? []) as unknown[]).entries()) {
            if (isThere(item, path)) seen.add(`${subgraph.name} ${type.name}`);
            for (const leak of leaksIn(JSON.stringify(item), tenants.remoteSecrets, [of[n] as string]))
              leaks.push(`${caller.name}: ${subgraph.name} ${covers} gives ${leak}`);
          }
        }
        for (const leak of leaksIn(JSON.stringify(errors ?? []), tenants.remoteSecrets, of))
          leaks.push(`${caller.name}: errors of ${subgraph.name} ${type.name} give ${leak}`);
        return (data?.e0 ?? []) as unknown[];
      };
      const items = await ask(
        [{ covers: type.name, path: ['id'], text: 'id __typename', args: [], leaf: false, write: () => '' }],
        ids,
      );
      const referred = isReference(subgraph.name, type);
      const real = type.name === 'Account' ? accountIds : trackerIds;
      const there = ids.filter((id, n) => items[n] != null && (!referred || real.has(id)));
      if (there.length > 0) await ask(readings, there.slice(0, 4));
      if (!referred) for (const id of there) leaks.push(`${caller.name}: ${subgraph.name} ${type.name} ${id} is there`);
    }
  }
  return { leaks, seen };
}
