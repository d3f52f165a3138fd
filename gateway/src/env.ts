import { EnvReader } from '@comptoir/shared/process/env.ts';
import { readNetwork } from '@comptoir/shared/values/network.ts';
import { SUBGRAPHS, type SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import type { JWK } from 'jose';
import type { AdmissionLimits } from './http/admission.ts';
import { MAX_ANSWER_BYTES } from './operation/limits.ts';

/**
 * Who may ask the schema about itself, and is told which name may have been meant: anybody, anyone who is logged in or
 * has a key, no one.
 */
export const INTROSPECTIONS = ['on', 'signed-in', 'off'] as const;
export type Introspection = (typeof INTROSPECTIONS)[number];

/** Who carries out plans: we do, or `@apollo/gateway` itself. */
export const EXECUTORS = ['ours', 'apollo'] as const;
export type ExecutorName = (typeof EXECUTORS)[number];

/** What the gateway is told from outside, whether it runs alone or with the subgraphs in one process. */
export type GatewayEnv = {
  port: number;
  host: string;
  trustedProxies: string[];
  corsOrigins: string[];
  introspection: Introspection;
  subgraphTimeoutMs: number;
  /** Most of an answer, in bytes. */
  answerBytes: number;
  /** Who carries out plans. */
  executor: ExecutorName;
  admission: AdmissionLimits;
  /** How long a drain goes on serving before it stops accepting. */
  drainGraceMs: number;
};

/** Reads the part that both topologies share. The caller ends with `env.check()`. */
export function readGatewayEnv(env: EnvReader): GatewayEnv {
  return {
    port: env.whole('PORT', 4000, { min: 0, max: 65_535 }),
    host: env.text('HOST', '127.0.0.1'),
    trustedProxies: list(env, 'TRUSTED_PROXIES').map((text) => {
      const network = readNetwork(text);
      if (network === null)
        env.complain(`TRUSTED_PROXIES: ${JSON.stringify(text)} is neither an address nor a CIDR range.`);
      return network ?? text;
    }),
    corsOrigins: list(env, 'CORS_ORIGINS').map((text) => {
      if (!URL.canParse(text) || new URL(text).origin !== text) {
        env.complain(`CORS_ORIGINS: ${JSON.stringify(text)} is no origin; https://app.example.com would be one.`);
      }
      return text;
    }),
    introspection: env.oneOf(
      'INTROSPECTION',
      INTROSPECTIONS,
      env.optional('NODE_ENV') === 'production' ? 'signed-in' : 'on',
    ),
    subgraphTimeoutMs: env.whole('SUBGRAPH_TIMEOUT_MS', 4_500, { min: 50, max: 60_000 }),
    answerBytes: env.whole('MAX_ANSWER_BYTES', MAX_ANSWER_BYTES, { min: 10_000, max: 50_000_000 }),
    executor: env.oneOf('GATEWAY_EXECUTOR', EXECUTORS, 'ours'),
    admission: {
      running: env.whole('MAX_RUNNING', 100, { min: 1, max: 10_000 }),
      waiting: env.whole('MAX_WAITING', 50, { min: 0, max: 10_000 }),
      waitMs: env.whole('MAX_WAIT_MS', 100, { min: 0, max: 10_000 }),
    },
    drainGraceMs: env.whole('DRAIN_GRACE_MS', 0, { min: 0, max: 60_000 }),
  };
}

/** What the gateway needs besides, when the subgraphs run elsewhere. */
export type GatewayAloneEnv = GatewayEnv & {
  urls: Record<SubgraphName, string>;
  signingKey: JWK;
  trustedKeys: Record<string, JWK>;
  startWithinMs: number;
  /** That another gateway listens on the port, which this one replaces. */
  replacing: boolean;
};

/** Reads everything for the gateway alone; throws one error that lists all that is wrong. */
export function readGatewayAloneEnv(source: Record<string, string | undefined>): GatewayAloneEnv {
  const env = new EnvReader(source);
  const urls = Object.fromEntries(
    SUBGRAPHS.map((name) => {
      const variable = `${name.toUpperCase()}_URL`;
      const url = env.text(variable);
      if (url !== '' && !/^https?:/.test(url))
        env.complain(`${variable} is ${JSON.stringify(url)}; an http address was expected.`);
      return [name, url];
    }),
  ) as Record<SubgraphName, string>;
  const signingKey = env.json<JWK>('SIGNING_KEY');
  if (signingKey?.d === undefined) env.complain('SIGNING_KEY must be the private Ed25519 key of the gateway, as JWK.');
  const trustedKeys = env.json<Record<string, JWK>>('TRUSTED_KEYS');
  if (trustedKeys?.identity === undefined) env.complain('TRUSTED_KEYS must map "identity" to its public key, as JWK.');
  const read = {
    ...readGatewayEnv(env),
    urls,
    signingKey: signingKey as JWK,
    trustedKeys: trustedKeys as Record<string, JWK>,
    startWithinMs: env.whole('START_WITHIN_MS', 30_000, { min: 1_000, max: 600_000 }),
    replacing: env.oneOf('REPLACING', ['on', 'off'], 'off') === 'on',
  };
  env.check();
  return read;
}

const list = (env: EnvReader, name: string): string[] =>
  (env.optional(name) ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
