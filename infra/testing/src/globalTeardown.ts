import { testRun } from './globalSetup.ts';
import { stopIfUnused } from './lease.ts';

/** Gives this run's share back and stops the server, unless another run still uses it. */
export default async function globalTeardown(): Promise<void> {
  const run = testRun.comptoirTestRun;
  if (run === undefined) return;
  await run.lease.end();
  // The watchdog may be stopping it at this very moment; then it is not there to be asked.
  await stopIfUnused(run.server).catch(() => false);
}
