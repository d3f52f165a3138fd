import { accounts } from '@comptoir/accounts/schema.ts';
import type { PaymentProvider } from '@comptoir/billing/collecting/provider/provider.ts';
import { testProvider } from '@comptoir/billing/collecting/provider/testProvider.ts';
import { paypalForm } from '@comptoir/billing/commissions/paypalForm.ts';
import { billing } from '@comptoir/billing/schema.ts';
import type { GatewayEnv } from '@comptoir/gateway/env.ts';
import { createGateway, type Gateway } from '@comptoir/gateway/server.ts';
import { identity } from '@comptoir/identity/schema.ts';
import type { Log } from '@comptoir/shared/process/log.ts';
import type { Services } from '@comptoir/shared/protocol/services.ts';
import type { LocalSubgraph } from '@comptoir/shared/protocol/subgraph.ts';
import {
  createLocalSubgraph,
  type SubgraphDefinition,
  type SubgraphOptions,
} from '@comptoir/shared/service/localSubgraph.ts';
import type { Clock } from '@comptoir/shared/values/clock.ts';
import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { trackers } from '@comptoir/trackers/schema.ts';
import type { DatabaseUrls } from '../database/bootstrap.ts';
import { derivedSecret, publicKeys, type Secrets } from './secrets.ts';

export type SubgraphsOptions = {
  databaseUrls: DatabaseUrls;
  secrets: Secrets;
  mail: { smtpUrl: string; from: string };
  /** Where people reach the gateway: links in mails begin with it. */
  publicUrl: string;
  /** The file outside the database for the heads of the sealed audit trail. */
  trailHeads?: string | undefined;
  /** The same for the sealed ledger. */
  ledgerHeads?: string | undefined;
  /** Left out, the test provider, which moves no money. */
  payments?: PaymentProvider | undefined;
  log: Log;
  clock?: Clock;
  poolSize?: SubgraphOptions['poolSize'];
  onStatement?: (subgraph: SubgraphName, sql: string, role: 'request' | 'system') => void;
};

export type LocalSubgraphs = Record<SubgraphName, LocalSubgraph>;

/** The four subgraphs in this process, calling each other as objects. Their jobs do not run yet. */
export async function openSubgraphs(options: SubgraphsOptions): Promise<LocalSubgraphs> {
  const { databaseUrls, secrets, log, clock, poolSize, onStatement } = options;
  const identityConfig = {
    signingKey: secrets.keys.identity,
    refreshSecret: derivedSecret(secrets, 'refresh tokens'),
    publicUrl: options.publicUrl,
    mail: options.mail,
    trailHeads: options.trailHeads,
  };
  const billingConfig = {
    payments: options.payments ?? testProvider(),
    payouts: paypalForm(),
    quoteSecret: derivedSecret(secrets, 'quotes'),
    sealingKey: secrets.keys.billing,
    publicUrl: options.publicUrl,
    ledgerHeads: options.ledgerHeads,
  };
  const services: Services = {};
  async function open<Loaders>(definition: SubgraphDefinition<Loaders>): Promise<LocalSubgraph> {
    const { name } = definition;
    const subgraph = await createLocalSubgraph(definition, {
      databaseUrls: databaseUrls[name],
      services,
      log,
      clock,
      poolSize,
      onStatement: onStatement && ((sql, role) => onStatement(name, sql, role)),
    });
    services[name] = subgraph;
    return subgraph;
  }
  const opened = await Promise.all([
    open(identity(identityConfig)),
    open(accounts),
    open(billing(billingConfig)),
    open(trackers),
  ]);
  return Object.fromEntries(opened.map((subgraph) => [subgraph.name, subgraph])) as LocalSubgraphs;
}

export type InstallationOptions = SubgraphsOptions & { gateway?: Partial<Omit<GatewayEnv, 'port' | 'host'>> };

export type Installation = {
  gateway: Gateway;
  subgraphs: LocalSubgraphs;
  /** Drains the gateway, then stops the subgraphs. The database and the mail server are somebody else's. */
  stop(): Promise<void>;
};

/**
 * The whole product in this process: four subgraphs, their jobs, and the gateway that calls them as objects. Nothing
 * listens yet.
 */
export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const subgraphs = await openSubgraphs(options);
  const all = Object.values(subgraphs);
  const gateway = await createGateway({
    ...options.gateway,
    subgraphs,
    sdls: Object.fromEntries(all.map(({ name, sdl }) => [name, sdl])),
    accessKey: publicKeys(options.secrets).identity,
    isReady: async () => {
      await Promise.all(all.map((subgraph) => subgraph.ready()));
    },
    log: options.log,
  });
  await Promise.all(all.map((subgraph) => subgraph.startJobs()));

  return {
    gateway,
    subgraphs,
    async stop() {
      await gateway.drain();
      await Promise.all(all.map((subgraph) => subgraph.stop()));
    },
  };
}
