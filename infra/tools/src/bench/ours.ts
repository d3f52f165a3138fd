import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import type { ProductDatabase } from '../product/ownDatabase.ts';
import type { ProductQuestion } from '../product/productProcess.ts';
import { type Product, startFiveProcesses, startOneProcess } from '../product/startProduct.ts';
import type { Databases } from './databases.ts';
import type { Contestant } from './load.ts';

export type OurContestant = Contestant & {
  /** The data statements of requests since the last call, when they are counted; transaction control is left out. */
  statements(): Promise<Record<SubgraphName, string[]>>;
  ask<Answer>(question: ProductQuestion): Promise<Answer>;
};

type OurOptions = {
  name: string;
  database?: ProductDatabase;
  key?: string;
  /** Costs a little, so what counts is not timed. */
  countStatements?: boolean;
  /** Lets everybody through the shield: for measuring what it costs. */
  withoutGuard?: boolean;
};

/** The product in one process, as `npm start` runs it, its log going to a file as there. */
export async function startOurs(databases: Databases, options: OurOptions): Promise<OurContestant> {
  const { name, database = databases, key = databases.world.partnerKey, countStatements = false } = options;
  const execArgv =
    options.withoutGuard === true ? ['--import', new URL('./withoutGuard.ts', import.meta.url).href] : [];
  const product = await startOneProcess(
    { ...databases, databaseUrls: database.databaseUrls },
    { name, countStatements, execArgv },
  );
  return {
    ...contestant(name, product, key),
    statements: () => product.ask('statements'),
    ask: (question) => product.ask(question),
  };
}

/** The product as five processes, as `npm run start:services` runs it. */
export async function startOurServices(databases: Databases, tell: (sentence: string) => void): Promise<Contestant> {
  return contestant('ours as five processes', await startFiveProcesses(databases, tell), databases.world.partnerKey);
}

const contestant = (name: string, { url, pids, stop }: Product, key: string): Contestant => ({
  name,
  url: `${url}/graphql`,
  headers: { authorization: `Bearer ${key}` },
  pids: () => Object.values(pids()).filter((pid) => pid !== null),
  stop,
});
