import { join } from 'node:path';
import type { DatabaseUrls } from '@comptoir/launch/database/bootstrap.ts';
import type { LocalSubgraphs } from '@comptoir/launch/installation/installation.ts';
import type { Secrets, Signer } from '@comptoir/launch/installation/secrets.ts';
import type { ServiceProcess } from '@comptoir/launch/installation/serviceProcesses.ts';
import { startServices } from '@comptoir/launch/installation/startServices.ts';
import { HEAP } from '@comptoir/launch/machine/heap.ts';
import { freePort, freePortsInARow } from '@comptoir/launch/machine/ports.ts';
import { withSubgraphs } from '@comptoir/launch/seed/withSubgraphs.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import { startProcess } from '../processes/startProcess.ts';
import type { ProductConfig, ProductQuestion } from './productProcess.ts';

/** As `npm start` runs it, in a process of its own; or as `npm run start:services` does. */
export type Topology = 'one process' | 'five processes';

export type ProductOptions = {
  databaseUrls: DatabaseUrls;
  secrets: Secrets;
  /** Its logs go to `logs/` there. */
  folder: string;
  /** Left out, mails get nowhere. */
  smtpUrl?: string;
  /** Further variables of its processes. */
  env?: Record<string, string>;
};

export type Product = {
  url: string;
  /** Its processes by name; null of one that is just being started again. */
  pids(): Record<string, number | null>;
  stop(): Promise<void>;
};

export type OneProcess = Product & { ask<Answer>(question: ProductQuestion): Promise<Answer> };
export type FiveProcesses = Product & { services: Record<Signer, ServiceProcess> };

const addresses = (smtpUrl = 'smtp://127.0.0.1:9') => ({
  mail: { smtpUrl, from: 'Comptoir <no-reply@comptoir.localhost>' },
  publicUrl: 'http://comptoir.localhost',
});

/** Does the work with the product's subgraphs before it is started: for seeding its database. */
export const seedProduct = <T>(
  { databaseUrls, secrets, smtpUrl }: ProductOptions,
  work: (subgraphs: LocalSubgraphs) => Promise<T>,
): Promise<T> =>
  withSubgraphs({ databaseUrls, secrets, ...addresses(smtpUrl), log: createLog('seed', { level: 'error' }) }, work);

export async function startOneProcess(
  { databaseUrls, secrets, folder, smtpUrl, env = {} }: ProductOptions,
  more: {
    /** Of its log. */
    name?: string;
    countStatements?: boolean;
    /** Further options of Node. */
    execArgv?: string[];
  } = {},
): Promise<OneProcess> {
  const { name = 'comptoir', countStatements = false, execArgv = [] } = more;
  const logFile = join(folder, 'logs', `${name.replaceAll(/\W+/g, '-')}.log`);
  const config: ProductConfig = { databaseUrls, secrets, ...addresses(smtpUrl), logFile, countStatements };
  const child = await startProcess(new URL('./productProcess.ts', import.meta.url), config, {
    execArgv: [...HEAP, ...execArgv],
    env,
  });
  return {
    url: child.url,
    pids: () => ({ product: child.pid }),
    ask: (question) => child.ask(question),
    stop: () => child.stop(),
  };
}

/** `onEnd` is told, in the words of its supervisor, when a process ended that no one ended. */
export async function startFiveProcesses(
  { databaseUrls, secrets, folder, smtpUrl, env = {} }: ProductOptions,
  onEnd: (sentence: string) => void = () => undefined,
): Promise<FiveProcesses> {
  const { url, processes, stop } = await startServices({
    databaseUrls,
    secrets,
    ...addresses(smtpUrl),
    gatewayPort: await freePort(),
    host: '127.0.0.1',
    firstPort: await freePortsInARow(4),
    home: folder,
    // A busy machine takes long to start five processes.
    readyWithinMs: 120_000,
    tell: (sentence) => {
      if (sentence.includes(' ended with ')) onEnd(sentence);
    },
    env,
  });
  return {
    url,
    services: processes,
    pids: () => Object.fromEntries(Object.entries(processes).map(([name, service]) => [name, service.pid()])),
    stop,
  };
}
