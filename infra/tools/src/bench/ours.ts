import { join } from 'node:path';
import { startServices } from '@comptoir/launch/installation/startServices.ts';
import { HEAP } from '@comptoir/launch/machine/heap.ts';
import { freePort, freePortsInARow } from '@comptoir/launch/machine/ports.ts';
import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import type { BenchDatabase, Databases } from './databases.ts';
import type { Contestant } from './load.ts';
import { NOWHERE } from './nowhere.ts';
import type { OurConfig, OurQuestion } from './ourProcess.ts';
import { startProcess } from './processes.ts';

export type OurContestant = Contestant & {
  /** The data statements of requests since the last call, when they are counted; transaction control is left out. */
  statements(): Promise<Record<SubgraphName, string[]>>;
  ask<Answer>(question: OurQuestion): Promise<Answer>;
};

type OurOptions = {
  name: string;
  database?: BenchDatabase;
  key?: string;
  /** Costs a little, so what counts is not timed. */
  countStatements?: boolean;
  /** Lets everybody through the first wall: for measuring what it costs. */
  withoutGuard?: boolean;
};

/** The product in one process, as `npm start` runs it, its log going to a file as there. */
export async function startOurs(databases: Databases, options: OurOptions): Promise<OurContestant> {
  const { name, database = databases.seeded, key = databases.world.partnerKey } = options;
  const config: OurConfig = {
    databaseUrls: database.urls,
    secrets: databases.secrets,
    logFile: join(databases.home, 'logs', `${name.replaceAll(/\W+/g, '-')}.log`),
    countStatements: options.countStatements ?? false,
  };
  const execArgv =
    options.withoutGuard === true ? ['--import', new URL('./withoutGuard.ts', import.meta.url).href] : [];
  const child = await startProcess(new URL('./ourProcess.ts', import.meta.url), config, {
    execArgv: [...HEAP, ...execArgv],
  });
  return {
    name,
    url: child.url,
    headers: { authorization: `Bearer ${key}` },
    pids: () => [child.pid],
    statements: () => child.ask('statements'),
    ask: (question) => child.ask(question),
    stop: () => child.stop(),
  };
}

/** The product as five processes, as `npm run start:services` runs it. */
export async function startOurServices(databases: Databases, tell: (sentence: string) => void): Promise<Contestant> {
  const running = await startServices({
    gatewayPort: await freePort(),
    host: '127.0.0.1',
    firstPort: await freePortsInARow(4),
    databaseUrls: databases.seeded.urls,
    secrets: databases.secrets,
    ...NOWHERE,
    home: databases.home,
    tell: (sentence) => {
      if (sentence.includes('started again')) tell(sentence);
    },
  });
  return {
    name: 'ours as five processes',
    url: `${running.url}/graphql`,
    headers: { authorization: `Bearer ${databases.world.partnerKey}` },
    pids: () => Object.values(running.processes).flatMap((service) => service.pid() ?? []),
    stop: () => running.stop(),
  };
}
