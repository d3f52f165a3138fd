import type { JWK } from 'jose';
import { EnvReader } from '../process/env.ts';
import { createLog } from '../process/log.ts';
import { onLeave, sayListening, untilSucceeded } from '../process/succession.ts';
import type { Services } from '../protocol/services.ts';
import { SUBGRAPHS, type SubgraphName } from '../values/subgraphs.ts';
import { createLocalSubgraph, type SubgraphDefinition } from './localSubgraph.ts';
import { remoteSubgraph } from './remoteSubgraph.ts';
import { createSubgraphServer } from './subgraphServer.ts';

/**
 * How long those who still call are served before a service that leaves stops accepting: ours go at once, others with
 * their next call.
 */
const LEAVE_MS = 2_000;

/** What every service needs from outside to run in a process of its own. */
export type ServiceEnv = {
  port: number;
  host: string;
  databaseUrls: { request: string; system: string };
  urls: Partial<Record<SubgraphName, string>>;
  signingKey: JWK;
  trustedKeys: Record<string, JWK>;
  /** That another process of ours listens on the port, which this one replaces. */
  replacing: boolean;
};

/** Reads the part that all services share; the caller reads its own and ends with `env.check()`. */
export function readServiceEnv(env: EnvReader, name: SubgraphName): ServiceEnv {
  const others = SUBGRAPHS.filter((other) => other !== name);
  const signingKey = env.json<JWK>('SIGNING_KEY');
  if (signingKey?.d === undefined) env.complain(`SIGNING_KEY must be the private Ed25519 key of ${name}, as JWK.`);
  const trustedKeys = env.json<Record<string, JWK>>('TRUSTED_KEYS');
  if (trustedKeys?.gateway === undefined)
    env.complain('TRUSTED_KEYS must map each service to its public key, as JWK; "gateway" at least.');
  return {
    port: env.whole('PORT', 4001 + SUBGRAPHS.indexOf(name), { min: 0, max: 65_535 }),
    host: env.text('HOST', '127.0.0.1'),
    databaseUrls: { request: env.text('DATABASE_URL'), system: env.text('DATABASE_SYSTEM_URL') },
    urls: Object.fromEntries(others.map((other) => [other, env.text(`${other.toUpperCase()}_URL`)])),
    signingKey: signingKey as JWK,
    trustedKeys: trustedKeys as Record<string, JWK>,
    replacing: env.oneOf('REPLACING', ['on', 'off'], 'off') === 'on',
  };
}

/**
 * Runs one subgraph as a process: connects, serves, works its jobs, and on SIGTERM or SIGINT waits for its successor,
 * if it is to have one, and lets what runs end. When it cannot start it prints one sentence and ends with 1.
 */
export async function serviceMain<Loaders>(
  name: SubgraphName,
  configure: (env: EnvReader, service: ServiceEnv) => () => SubgraphDefinition<Loaders>,
): Promise<void> {
  try {
    const env = new EnvReader(process.env);
    const service = readServiceEnv(env, name);
    const define = configure(env, service);
    env.check();

    const log = createLog(name);
    const services: Services = {};
    const remotes = Object.entries(service.urls).map(([other, url]) =>
      remoteSubgraph({ name: other as SubgraphName, url, key: service.signingKey, issuer: name, log }),
    );
    for (const remote of remotes) services[remote.name] = remote;

    const subgraph = await createLocalSubgraph(define(), { databaseUrls: service.databaseUrls, services, log });
    const server = createSubgraphServer(subgraph, { trustedKeys: service.trustedKeys, log });
    const { port, host, replacing } = service;
    log.info({ url: await server.listen(port, host, { replacing }) }, 'listening');
    sayListening();
    const started = subgraph.startJobs();
    onLeave(async (why) => {
      log.info({ why }, 'leaving');
      const { allEnds } = await untilSucceeded();
      log.info('draining');
      await server.close({ graceMs: allEnds ? 0 : LEAVE_MS });
      await started.catch(() => undefined);
      await subgraph.stop();
      await Promise.all(remotes.map((remote) => remote.close()));
      log.info('stopped');
    });
    await started;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'Its port is taken: set PORT to another.' : message;
    process.stderr.write(`The service ${name} cannot start. ${reason}\n`);
    // Not by itself: connections that are open already would keep it, and anyone who supervises it waiting.
    process.exit(1);
  }
}
