import DataLoader from 'dataloader';
import { GraphQLScalarType, Kind } from 'graphql';
import type pg from 'pg';

// biome-ignore lint/suspicious/noExplicitAny: loaders differ per subgraph; a reference, as small as its model.
export type PlainContext = { accountId: string; loaders: any };

/**
 * One of the four subgraphs of the plain reference: the same data by raw `pg` and DataLoader, no ORM, no permission
 * layer, no transactions.
 */
export type PlainSubgraph = {
  sdl: string;
  // biome-ignore lint/suspicious/noExplicitAny: resolvers of four schemas.
  resolvers: any;
  makeLoaders: (pool: pg.Pool) => unknown;
};

export const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])`;

/** One statement for all ids that one level asks for; `$1` are the ids, `key` the column to group by. */
export function one<Row extends Record<string, unknown>>(pool: pg.Pool, text: string): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const { rows } = await pool.query(text, [ids]);
    const found = new Map(rows.map((row) => [row.key, row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

export function many<Row extends Record<string, unknown>>(pool: pg.Pool, text: string): DataLoader<string, Row[]> {
  return new DataLoader(async (ids) => {
    const { rows } = await pool.query(text, [ids]);
    const found = Map.groupBy(rows, (row) => row.key);
    return ids.map((id) => found.get(id) ?? []);
  });
}

export const DateTime = new GraphQLScalarType({
  name: 'DateTime',
  serialize: (value) => (value as Date).toISOString(),
  parseValue: (value) => new Date(value as string),
  parseLiteral: (node) => (node.kind === Kind.STRING ? new Date(node.value) : null),
});
