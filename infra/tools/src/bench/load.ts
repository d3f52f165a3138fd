import { cpuBetween, cpuTimes, withChildren } from '../processes/cpuTimes.ts';
import { type ForkedProcess, startProcess } from '../processes/startProcess.ts';

/** What the load generator is told to send: one body again and again, or events that are new every time. */
export type Bodies = { same: string } | { query: string; trackerIds: string[]; batch: number };

export type LoadOrder = {
  url: string;
  headers: Record<string, string>;
  /** As many requests are under way at any moment, each on a connection of its own. */
  concurrency: number;
  ms: number;
  bodies: Bodies;
};

export type LoadReport = {
  requests: number;
  ms: number;
  failures: number;
  problem: string | null;
  latenciesMs: number[];
};

/** Who is measured: where it answers, and all processes that it consists of. */
export type Contestant = {
  name: string;
  url: string;
  headers: Record<string, string>;
  pids: () => number[];
  stop: () => Promise<void>;
};

export type Measured = {
  perSecond: number;
  /**
   * Processor time per request of the contestant's processes and of PostgreSQL; null where it cannot be read. The load
   * generator's is left out.
   */
  cpuMs: { own: number; postgres: number } | null;
  medianMs: number;
  p99Ms: number;
};

export type Load = {
  /** Throws when a single request failed: a contestant that answers wrongly may be very fast. */
  run(
    contestant: Contestant,
    order: Pick<LoadOrder, 'concurrency' | 'ms' | 'bodies'>,
    headers?: Record<string, string>,
  ): Promise<Measured>;
  /**
   * Sends one request after the other, then as many at once as are going to be measured, until V8 has compiled what is
   * hot. Nothing is timed and failures are let pass: a server that has just started may shed on a busy machine.
   */
  warmUp(contestant: Contestant, order: Pick<LoadOrder, 'concurrency' | 'ms' | 'bodies'>): Promise<void>;
  stop(): Promise<void>;
};

/** The load generator, in a process of its own. */
export async function startLoad(postgresPid: number): Promise<Load> {
  const generator: ForkedProcess = await startProcess(new URL('./loadProcess.ts', import.meta.url), {});
  return {
    async run(contestant, order, headers = contestant.headers) {
      const pids = contestant.pids();
      const look = () => ({ own: cpuTimes(pids), postgres: cpuTimes(withChildren(postgresPid)) });
      const before = look();
      const sent: LoadOrder = { url: contestant.url, headers, ...order };
      const report = await generator.ask<LoadReport>(sent);
      const after = look();
      if (report.failures > 0 || report.requests === 0) {
        throw new Error(
          `${contestant.name}: ${report.failures} of ${report.requests} requests failed: ${report.problem}`,
        );
      }
      const [own, postgres] = [cpuBetween(before.own, after.own), cpuBetween(before.postgres, after.postgres)];
      const sorted = report.latenciesMs.toSorted((one, other) => one - other);
      const at = (part: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] as number;
      return {
        perSecond: (report.requests / report.ms) * 1_000,
        cpuMs:
          own === null || postgres === null
            ? null
            : { own: own / report.requests, postgres: postgres / report.requests },
        medianMs: at(0.5),
        p99Ms: at(0.99),
      };
    },
    async warmUp({ url, headers }, order) {
      await generator.ask<LoadReport>({ url, headers, ...order, concurrency: 1, ms: order.ms / 4 } satisfies LoadOrder);
      await generator.ask<LoadReport>({ url, headers, ...order } satisfies LoadOrder);
    },
    stop: () => generator.stop(),
  };
}
