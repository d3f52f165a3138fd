import { join } from 'node:path';
import { SUBGRAPHS, type SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import type { DatabaseUrls } from '../database/bootstrap.ts';
import { logTail } from '../machine/files.ts';
import { isFree } from '../machine/ports.ts';
import { REPOSITORY } from '../machine/repository.ts';
import { derivedSecret, publicKeys, type Secrets, type Signer } from './secrets.ts';
import { runService, type ServiceProcess, untilReady } from './serviceProcesses.ts';

export type ServicesOptions = {
  gatewayPort: number;
  host: string;
  /** Of the four subgraphs, in their order: `firstPort` to `firstPort + 3`. */
  firstPort: number;
  databaseUrls: DatabaseUrls;
  secrets: Secrets;
  mail: { smtpUrl: string; from: string };
  publicUrl: string;
  home: string;
  tell: (sentence: string) => void;
  /** How long each may take to become ready; half a minute, if nothing is said. */
  readyWithinMs?: number;
  /** Further variables for all of them. */
  env?: Record<string, string>;
};

export type RunningServices = { url: string; processes: Record<Signer, ServiceProcess>; stop(): Promise<void> };

/**
 * The product as five processes over HTTP, each with a key of its own, supervised by this one. Resolves when all are
 * ready; throws with the end of the log of one that does not become ready, having stopped them all.
 */
export async function startServices(options: ServicesOptions): Promise<RunningServices> {
  const { gatewayPort, host, firstPort, databaseUrls, secrets, home, tell } = options;
  const portOf = (name: SubgraphName): number => firstPort + SUBGRAPHS.indexOf(name);
  for (const name of SUBGRAPHS) {
    if (!(await isFree(portOf(name))))
      throw new Error(
        `Port ${portOf(name)}, for ${name}, is taken. Set SUBGRAPH_PORT to the first of four free ports.`,
      );
  }
  const urls = Object.fromEntries(
    SUBGRAPHS.map((name) => [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${portOf(name)}/graphql`]),
  );
  const logOf = (name: Signer): string => join(home, 'logs', `${name}.log`);
  const comesUp = (name: Signer, port: number): Promise<void> =>
    untilReady(`http://127.0.0.1:${port}/ready`, options.readyWithinMs ?? 30_000).catch(async (error: Error) => {
      throw new Error(`${name}: ${error.message} The end of ${logOf(name)}:\n${await logTail(logOf(name))}`);
    });
  const run = (name: Signer, script: URL, env: Record<string, string>): ServiceProcess =>
    runService({
      name,
      script,
      logFile: logOf(name),
      env: {
        ...urls,
        HOST: name === 'gateway' ? host : '127.0.0.1',
        SIGNING_KEY: JSON.stringify(secrets.keys[name]),
        TRUSTED_KEYS: JSON.stringify(publicKeys(secrets)),
        ...env,
        ...options.env,
      },
      onCrash: (code) => tell(`${name} ended with ${code ?? 'a signal'} and is started again`),
    });

  const started: ServiceProcess[] = [];
  const stop = async (): Promise<void> => {
    const [gateway, ...rest] = started.toReversed();
    await gateway?.stop();
    await Promise.all(rest.map((service) => service.stop()));
  };
  try {
    for (const name of SUBGRAPHS) {
      started.push(
        run(name, new URL(`subgraphs/${name}/src/main.ts`, REPOSITORY), {
          PORT: String(portOf(name)),
          DATABASE_URL: databaseUrls[name].request,
          DATABASE_SYSTEM_URL: databaseUrls[name].system,
          ...(name === 'identity'
            ? {
                PUBLIC_URL: options.publicUrl,
                SMTP_URL: options.mail.smtpUrl,
                MAIL_FROM: options.mail.from,
                REFRESH_SECRET: derivedSecret(secrets, 'refresh tokens'),
              }
            : {}),
          ...(name === 'billing'
            ? { PUBLIC_URL: options.publicUrl, QUOTE_SECRET: derivedSecret(secrets, 'quotes') }
            : {}),
        }),
      );
    }
    await Promise.all(SUBGRAPHS.map((name) => comesUp(name, portOf(name))));
    tell('the four subgraphs are ready');
    started.push(run('gateway', new URL('gateway/src/main.ts', REPOSITORY), { PORT: String(gatewayPort) }));
    await comesUp('gateway', gatewayPort);
  } catch (error) {
    await stop();
    throw error;
  }
  const processes = Object.fromEntries(started.map((service) => [service.name, service])) as Record<
    Signer,
    ServiceProcess
  >;
  return { url: `http://127.0.0.1:${gatewayPort}`, processes, stop };
}
