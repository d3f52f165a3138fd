import { Session } from 'node:inspector/promises';
import type { DatabaseUrls } from '@comptoir/launch/database/bootstrap.ts';
import { openInstallation } from '@comptoir/launch/installation/installation.ts';
import type { Secrets } from '@comptoir/launch/installation/secrets.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import { SUBGRAPHS, type SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { runChild } from './child.ts';
import { NOWHERE } from './nowhere.ts';

export type OurConfig = { databaseUrls: DatabaseUrls; secrets: Secrets; logFile: string; countStatements: boolean };

/** `statements` gives those since the last time; between `profile` and `profiled` V8 samples what runs, and the latter gives the profile. */
export type OurQuestion = 'statements' | 'profile' | 'profiled';

/** The whole product in this process. */
runChild<OurConfig>(async ({ databaseUrls, secrets, logFile, countStatements }) => {
  const inspector = new Session();
  let seen: [SubgraphName, string][] = [];
  const installation = await openInstallation({
    databaseUrls,
    secrets,
    ...NOWHERE,
    log: createLog('comptoir', { file: logFile }),
    ...(countStatements ? { onStatement: (subgraph, sql) => seen.push([subgraph, sql]) } : {}),
  });
  return {
    url: `${await installation.gateway.listen(0)}/graphql`,
    async answer(question: OurQuestion) {
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
