import { Session } from 'node:inspector/promises';
import { type InstallationOptions, openInstallation } from '@comptoir/launch/installation/installation.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import { SUBGRAPHS, type SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { runChild } from '../processes/child.ts';

export type ProductConfig = Pick<InstallationOptions, 'databaseUrls' | 'secrets' | 'mail' | 'publicUrl'> & {
  logFile: string;
  /** Costs a little, so what counts is not timed. */
  countStatements: boolean;
};

/**
 * `statements` answers those since the last time, transaction control left out; between `profile` and `profiled` V8
 * samples what runs, and the latter answers the profile.
 */
export type ProductQuestion = 'statements' | 'profile' | 'profiled';

/** The whole product in this process. */
runChild<ProductConfig>(async ({ logFile, countStatements, ...options }) => {
  const inspector = new Session();
  let seen: [SubgraphName, string][] = [];
  const installation = await openInstallation({
    ...options,
    log: createLog('comptoir', { file: logFile }),
    ...(countStatements ? { onStatement: (subgraph, sql) => seen.push([subgraph, sql]) } : {}),
  });
  return {
    url: await installation.gateway.listen(0),
    async answer(question: ProductQuestion) {
      if (question === 'profile') {
        inspector.connect();
        await inspector.post('Profiler.enable');
        return void (await inspector.post('Profiler.start'));
      }
      if (question === 'profiled') return (await inspector.post('Profiler.stop')).profile;

      const data = seen.filter(([, sql]) => !/^\s*(begin|commit|rollback)/i.test(sql));
      seen = [];
      return Object.fromEntries(
        SUBGRAPHS.map((name) => [name, data.filter(([subgraph]) => subgraph === name).map(([, sql]) => sql)]),
      );
    },
    stop: () => installation.stop(),
  };
});
