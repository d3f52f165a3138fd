import { buildSubgraphSchema } from '@apollo/subgraph';
import { createExecutor } from '@comptoir/shared/execution/executor.ts';
import { createLog, type Log } from '@comptoir/shared/process/log.ts';
import { scalars } from '@comptoir/shared/protocol/scalars.ts';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { parse } from 'graphql';

/**
 * Two subgraphs whose fields and mutations take values in every place where one can stand; each answers what it was
 * given.
 */
const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';

export const JUDGED = [
  'DateTime',
  'SafeInt',
  'LocalDate',
  'Decimal',
  'ID',
  'Int',
  'Float',
  'String',
  'Boolean',
  'Kind',
];

const shared = `
  ${Object.keys(scalars)
    .map((name) => `scalar ${name}`)
    .join('\n')}
  enum Kind { ONE TWO }
  input In { n: ID!, l: [ID!], deep: In }
  ${JUDGED.map((name) => `input ${name}In { one: ${name}, many: [${name}!], inner: ${name}In }`).join('\n')}
`;

const fields = (suffix: string): string => `
  may${suffix}(id: ID!): String
  must${suffix}(id: ID!): String!
  list${suffix}(ids: [ID!]!): String
  held${suffix}(in: In!): String
  preset${suffix}(id: ID! = "d"): String
`;

const SDLS = {
  near: `${LINK} ${shared}
    type Query { near: Near demanded: Near! nears: [Near!] ${fields('')} }
    type Near @key(fields: "id") { id: ID! inner: Near ${fields('')} }
    type Paid { ok: Boolean n: ID! near: Near sure: Paid! each: [Paid!]! some: [Paid]! any: Any! }
    type Free { ok: Boolean }
    union Any = Paid | Free
    type Mutation { done(id: ID): String! may(id: ID!): String must(id: ID!): Near!
      pay(id: ID): Paid payNear(id: ID!): Near
      ${JUDGED.map((name) => `take${name}(one: ${name}, many: [${name}], in: ${name}In, ins: [${name}In!]): String!`).join('\n')} }
  `,
  far: `${LINK} ${shared}
    type Near @key(fields: "id") { id: ID! ${fields('Far')} }
    type Mutation { doneFar(id: ID): String! }
  `,
};

const value = (id: string): object => ({ id });
export const rootValue = {
  near: () => near(2),
  demanded: () => near(2),
  nears: () => [near(0), near(0)],
  ...answers(''),
};
function answers(suffix: string): object {
  const kinds = ['may', 'must', 'list', 'held', 'preset'];
  return Object.fromEntries(kinds.map((kind) => [`${kind}${suffix}`, (given: object) => JSON.stringify(given)]));
}
/** With resolvers as its own methods, so that graphql-js can execute the whole graph on it. */
export function near(depth: number): object {
  return { id: 'n', ...answers(''), ...answers('Far'), ...(depth > 0 ? { inner: () => near(depth - 1) } : {}) };
}

/** What a mutation gives back that may be null. */
const paid = () => ({
  ok: true,
  n: 'p',
  near: () => near(1),
  sure: paid,
  each: () => [paid()],
  some: () => [paid()],
  any: () => ({ ...paid(), __typename: 'Paid' }),
});
/** By the name of the mutation; of others, their name. */
const GIVEN_BACK: Record<string, () => object> = { must: () => near(1), payNear: () => near(1), pay: paid };

const log: Log = createLog('test', { level: 'silent' });

export function valueGraph(wire: (subgraph: Subgraph) => Subgraph = (subgraph) => subgraph): {
  sdls: Record<string, string>;
  subgraphs: Record<string, Subgraph>;
  ran: string[];
} {
  const ran: string[] = [];
  const does = (name: string) => () => {
    ran.push(name);
    return GIVEN_BACK[name]?.() ?? name;
  };
  const resolvers: Record<string, object> = {
    near: {
      ...scalars,
      Query: Object.fromEntries(
        Object.entries(rootValue).map(([name, run]) => [
          name,
          (_: unknown, given: object) => (run as (given: object) => unknown)(given),
        ]),
      ),
      Near: { __resolveReference: () => near(2) },
      Mutation: Object.fromEntries(
        ['done', 'may', 'must', 'pay', 'payNear', ...JUDGED.map((name) => `take${name}`)].map((name) => [
          name,
          does(name),
        ]),
      ),
    },
    far: {
      ...scalars,
      Near: { __resolveReference: ({ id }: { id: string }) => ({ ...near(0), ...value(id) }) },
      Mutation: { doneFar: does('doneFar') },
    },
  };
  const subgraphs = Object.fromEntries(
    Object.entries(SDLS).map(([name, sdl]) => {
      const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers[name] as never }]);
      const execute = createExecutor<{ log: Log }>(schema, log);
      return [name, wire({ name: name as Subgraph['name'], execute: (request) => execute(request, { log }) })];
    }),
  );
  return { sdls: SDLS, subgraphs, ran };
}
