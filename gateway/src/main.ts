import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { createLog, type Log } from '@comptoir/shared/process/log.ts';
import { onLeave, sayListening, untilSucceeded } from '@comptoir/shared/process/succession.ts';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { remoteSubgraph } from '@comptoir/shared/service/remoteSubgraph.ts';
import { SUBGRAPHS, type SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { ServiceViewer } from '@comptoir/shared/viewer/viewer.ts';
import { readGatewayAloneEnv } from './env.ts';
import { createGateway } from './server.ts';

/** How long callers who keep a connection have for their next request, which then ends it. */
const LINGER_MS = 2_000;

/**
 * The gateway alone, its subgraphs in other processes. Ends by itself on SIGTERM or SIGINT, after what runs has ended.
 * On SIGHUP it asks its subgraphs for their SDL again and serves what they compose to; when that cannot be served it
 * goes on with what it has, and says why.
 */
async function main(): Promise<void> {
  const env = readGatewayAloneEnv(process.env);
  const log = createLog('gateway');
  const remotes = SUBGRAPHS.map((name) =>
    remoteSubgraph({
      name,
      url: env.urls[name],
      key: env.signingKey,
      issuer: 'gateway',
      log,
      timeoutMs: env.subgraphTimeoutMs,
    }),
  );
  const fetchSdls = async (withinMs: number): Promise<Record<SubgraphName, string>> =>
    Object.fromEntries(
      await Promise.all(remotes.map(async (remote) => [remote.name, await fetchSdl(remote, withinMs, log)])),
    );
  // A signal that comes before there is a graph must not end the process: it asks for what is done anyway.
  let wanted = false;
  let renew = async (): Promise<void> => undefined;
  process.on('SIGHUP', () => {
    wanted = true;
    void renew();
  });
  let sdls = await fetchSdls(env.startWithinMs);

  const gateway = await createGateway({
    ...env,
    log,
    sdls,
    subgraphs: Object.fromEntries(remotes.map((remote) => [remote.name, remote])),
    accessKey: env.trustedKeys.identity as GatewayKey,
    isReady: async () => {
      await Promise.all(remotes.map((remote) => askSdl(remote)));
    },
  });
  log.info({ url: `${await gateway.listen(env.port, env.host)}/graphql` }, 'listening');
  sayListening();

  let renewing = false;
  renew = async () => {
    if (renewing) return;
    renewing = true;
    // Signals that come meanwhile are one more round, however many they are.
    while (wanted) {
      wanted = false;
      try {
        const now = await fetchSdls(0);
        if (!isDeepStrictEqual(now, sdls)) gateway.update(now);
        sdls = now;
        log.info('serves the graph that its subgraphs make now');
      } catch (error) {
        log.error({ err: error }, 'the graph stays as it was');
      }
    }
    renewing = false;
  };
  void renew();

  onLeave(async (why) => {
    log.info({ why }, 'leaving');
    const { allEnds } = await untilSucceeded();
    log.info('draining');
    await gateway.drain({ lingerMs: allEnds ? 0 : LINGER_MS });
    await Promise.all(remotes.map((remote) => remote.close()));
    log.info('stopped');
  });
}

type GatewayKey = Parameters<typeof createGateway>[0]['accessKey'];

/** The SDL of a subgraph, as soon as it is up; throws after the deadline. */
async function fetchSdl(subgraph: Subgraph, withinMs: number, log: Log): Promise<string> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await askSdl(subgraph);
    } catch (error) {
      if (performance.now() > deadline)
        throw new Error(`${subgraph.name} did not come up: ${(error as Error).message}`);
      log.info({ subgraph: subgraph.name }, 'waiting for a subgraph');
      await pause(250);
    }
  }
}

async function askSdl(subgraph: Subgraph): Promise<string> {
  const viewer: ServiceViewer = { kind: 'SERVICE', service: 'gateway', requestId: newId(), address: null };
  const { data, errors } = await subgraph.execute({ query: '{ _service { sdl } }' }, viewer);
  const sdl = (data?._service as { sdl?: string } | null | undefined)?.sdl;
  if (typeof sdl !== 'string') throw new Error(errors?.[0]?.message ?? 'it gave no SDL');
  return sdl;
}

try {
  await main();
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  process.stderr.write(
    `The gateway cannot start. ${code === 'EADDRINUSE' ? 'Its port is taken: set PORT to another.' : message}\n`,
  );
  // Not by itself: what is open already would keep it, and anyone who supervises it waiting.
  process.exit(1);
}
