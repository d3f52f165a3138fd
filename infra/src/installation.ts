import { accounts } from '@comptoir/accounts/schema.ts';
import { billing } from '@comptoir/billing/schema.ts';
import type { GatewayEnv } from '@comptoir/gateway/env.ts';
import { createGateway, type Gateway } from '@comptoir/gateway/server.ts';
import { identity } from '@comptoir/identity/schema.ts';
import type { Clock } from '@comptoir/shared/clock.ts';
import { createLocalSubgraph, type SubgraphDefinition, type SubgraphOptions } from '@comptoir/shared/localSubgraph.ts';
import type { Log } from '@comptoir/shared/log.ts';
import type { Services } from '@comptoir/shared/services.ts';
import type { LocalSubgraph } from '@comptoir/shared/subgraph.ts';
import { SUBGRAPHS, type SubgraphName } from '@comptoir/shared/subgraphs.ts';
import { trackers } from '@comptoir/trackers/schema.ts';
import type { DatabaseUrls } from './bootstrap.ts';
import { derivedSecret, publicKeys, type Secrets } from './secrets.ts';

export type InstallationOptions = {
  databaseUrls: DatabaseUrls;
  secrets: Secrets;
  mail: { smtpUrl: string; from: string };
  /** Where people reach the gateway: links in mails begin with it. */
  publicUrl: string;
  log: Log;
  clock?: Clock;
  gateway?: Partial<Omit<GatewayEnv, 'port' | 'host'>>;
  poolSize?: SubgraphOptions['poolSize'];
  onStatement?: (subgraph: SubgraphName, sql: string) => void;
};

export type Installation = {
  gateway: Gateway;
  subgraphs: Record<SubgraphName, LocalSubgraph>;
  /** Drains the gateway, then stops the subgraphs. The database and the mail server are somebody else's. */
  stop(): Promise<void>;
};

/** The whole product in this process: four subgraphs, their jobs, and the gateway that calls them as objects. Nothing listens yet. */
export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const { databaseUrls, secrets, log, clock, poolSize, onStatement } = options;
  const definitions: Record<SubgraphName, () => SubgraphDefinition<never>> = {
    identity: () =>
      identity({
        signingKey: secrets.keys.identity,
        refreshSecret: derivedSecret(secrets, 'refresh tokens'),
        publicUrl: options.publicUrl,
        mail: options.mail,
      }) as unknown as SubgraphDefinition<never>,
    accounts: () => accounts as unknown as SubgraphDefinition<never>,
    billing: () => billing as unknown as SubgraphDefinition<never>,
    trackers: () => trackers as unknown as SubgraphDefinition<never>,
  };

  const services: Services = {};
  const opened = await Promise.all(
    SUBGRAPHS.map(async (name) => {
      const subgraph = await createLocalSubgraph(definitions[name](), {
        databaseUrls: databaseUrls[name],
        services,
        log,
        clock,
        poolSize,
        onStatement: onStatement && ((sql) => onStatement(name, sql)),
      });
      services[name] = subgraph;
      return [name, subgraph] as const;
    }),
  );
  const subgraphs = Object.fromEntries(opened) as Record<SubgraphName, LocalSubgraph>;
  const gateway = await createGateway({
    ...options.gateway,
    subgraphs,
    sdls: Object.fromEntries(opened.map(([name, { sdl }]) => [name, sdl])),
    accessKey: publicKeys(secrets).identity,
    isReady: async () => {
      await Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.ready()));
    },
    log,
  });
  await Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.startJobs()));

  return {
    gateway,
    subgraphs,
    async stop() {
      await gateway.drain();
      await Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.stop()));
    },
  };
}
