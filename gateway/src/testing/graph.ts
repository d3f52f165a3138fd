import { buildSubgraphSchema } from '@apollo/subgraph';
import { createExecutor } from '@comptoir/shared/execution/executor.ts';
import { createLog, type Log } from '@comptoir/shared/process/log.ts';
import type { LocalSubgraph, SubgraphRequest } from '@comptoir/shared/protocol/subgraph.ts';
import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { GraphQLError, parse } from 'graphql';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { Credential, Standing } from '../caller/standing.ts';

/**
 * Four small subgraphs for tests of the gateway, executed by the executor of the real ones. A test arranges what they
 * know, holds one up, and reads what they were asked.
 */
export type TestGraph = {
  subgraphs: Record<SubgraphName, LocalSubgraph>;
  sdls: Record<SubgraphName, string>;
  /** What identity says of a credential; absent ones are unknown to it. */
  standings: Map<string, Standing>;
  asked: { subgraph: SubgraphName; request: SubgraphRequest; viewer: Viewer }[];
  /** Resolvers named `held` wait for this. */
  held: Promise<void>;
  logIns: number;
};

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible"])';

const IDENTITY = /* GraphQL */ `
  ${LINK}
  type Query {
    viewer: ViewerSeen!
    credentialStanding(credential: CredentialInput!): CredentialStanding @inaccessible
  }
  type Mutation { sessionCreate(name: String!): String! }
  type ViewerSeen { kind: String! userId: ID accountId: ID areas: [String!]! address: String requestId: String! }
  type User @key(fields: "id") { id: ID! name: String! tags: [Tag!]! }
  type Tag { text: String! }
  type CredentialKeyLimits @inaccessible { accounts: [ID!] preview: Boolean! creditBudget: Int }
  type CredentialActor @inaccessible { userId: ID! accountId: ID! loginAsId: ID! }
  input CredentialInput @inaccessible { sessionId: ID keyHash: String accountId: ID }
  type CredentialStanding @inaccessible {
    userId: ID! membershipId: ID accountId: ID role: String areas: [String!]! networks: [[String!]!]! keyId: ID branches: [ID!] opening: Boolean keyLimits: CredentialKeyLimits actors: [CredentialActor!]! refusal: String ofAccount: Boolean secondFactor: Boolean secondFactorFor: ID
  }
`;

const ACCOUNTS = /* GraphQL */ `
  ${LINK}
  type Query { clients: [Account!]! held: String broken: String forbidden: String }
  type Mutation { rename(name: String!): String held: String }
  type Account @key(fields: "id") { id: ID! name: String! secret: String parent: Account owner: User! }
  type User @key(fields: "id", resolvable: false) { id: ID! }
`;

const BILLING = /* GraphQL */ `
  ${LINK}
  type Query { currencies: [String!]! }
`;

const TRACKERS = /* GraphQL */ `
  ${LINK}
  type Query { trackerCount: Int }
  type Account @key(fields: "id") { id: ID! trackers: [Tracker!]! }
  type Tracker @key(fields: "id") { id: ID! payer: Account! lost: Account! }
`;

export const testLog: Log = createLog('test', { level: 'silent' });

/** `log` receives what the subgraphs log of themselves. */
export function testGraph(log: Log = testLog): TestGraph {
  const account = (id: string): object => ({
    id,
    name: `Account ${id}`,
    parent: { id: 'p' },
    owner: { __typename: 'User', id: 'u' },
  });
  const resolvers: Record<SubgraphName, object> = {
    identity: {
      Query: {
        viewer: (_: unknown, _args: unknown, { viewer }: { viewer: Viewer }) => ({
          ...viewer,
          areas: 'areas' in viewer ? Object.entries(viewer.areas).map((entry) => entry.join(':')) : [],
        }),
        credentialStanding: (_: unknown, { credential }: { credential: Credential }) =>
          graph.standings.get(credential.keyHash ?? credential.sessionId ?? '') ?? null,
      },
      Mutation: { sessionCreate: () => `session ${++graph.logIns}` },
      User: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `User ${id}`, tags: [{ text: 'one' }] }) },
    },
    accounts: {
      Query: {
        clients: () => ['a', 'b', 'c'].map(account),
        held: () => graph.held.then(() => 'released'),
        broken: () => {
          throw new Error('connect ECONNREFUSED 10.20.30.40:5432 as comptoir_accounts');
        },
        forbidden: () => {
          throw new GraphQLError('You are not allowed to do this.', {
            extensions: { code: 'FORBIDDEN', decisionId: 'decision-1', rule: 'O10', table: 'account' },
          });
        },
      },
      Mutation: {
        rename: (_: unknown, { name }: { name: string }) => name,
        held: () => graph.held.then(() => 'released'),
      },
      Account: {
        __resolveReference: ({ id }: { id: string }) => (id === 'lost' ? null : account(id)),
        parent: ({ parent }: { parent: { id: string } }) => account(parent.id),
        secret: ({ id }: { id: string }) => {
          throw new GraphQLError(`Not for you: ${id}`, { extensions: { code: 'FORBIDDEN' } });
        },
      },
    },
    billing: { Query: { currencies: () => ['EUR'] } },
    trackers: {
      Query: { trackerCount: () => 6 },
      Account: {
        trackers: ({ id }: { id: string }) =>
          [1, 2].map((n) => ({ id: `${id}${n}`, payer: { id: 'p' }, lost: { id: 'lost' } })),
      },
    },
  };
  const sdls = { identity: IDENTITY, accounts: ACCOUNTS, billing: BILLING, trackers: TRACKERS };
  const subgraph = (name: SubgraphName): LocalSubgraph => {
    const schema = buildSubgraphSchema([{ typeDefs: parse(sdls[name]), resolvers: resolvers[name] as never }]);
    const execute = createExecutor<{ viewer: Viewer; log: Log }>(schema, log);
    return {
      name,
      sdl: sdls[name],
      ready: async () => undefined,
      startJobs: async () => undefined,
      stop: async () => undefined,
      execute: (request, viewer) => {
        graph.asked.push({ subgraph: name, request, viewer });
        return execute(request, { viewer, log });
      },
    };
  };
  const graph: TestGraph = {
    subgraphs: {
      identity: subgraph('identity'),
      accounts: subgraph('accounts'),
      billing: subgraph('billing'),
      trackers: subgraph('trackers'),
    },
    sdls,
    standings: new Map(),
    asked: [],
    held: Promise.resolve(),
    logIns: 0,
  };
  return graph;
}

export type KeyPair = { private: JWK; public: JWK };

export async function keyPair(): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { private: await exportJWK(privateKey), public: await exportJWK(publicKey) };
}

/** An access token as identity issues it, but for what the test changes. */
export async function accessToken(
  key: JWK,
  { claims = {}, header = {} }: { claims?: Record<string, unknown>; header?: Record<string, unknown> } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return await new SignJWT({
    iss: 'identity',
    aud: 'gateway',
    sub: 'user',
    sid: 'session',
    acc: 'account',
    iat: now,
    exp: now + 600,
    ...claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...header })
    .sign(await importJWK(key, 'EdDSA'));
}

export const goodStanding: Standing = {
  userId: 'user',
  membershipId: 'membership',
  accountId: 'account',
  role: 'MEMBER',
  areas: ['BILLING:READ', 'TRACKERS:WRITE'],
  networks: [],
  keyId: null,
  actors: [],
  branches: null,
  refusal: null,
};
