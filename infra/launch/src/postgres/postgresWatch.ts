import { type PostgresOptions, type PostgresServer, startPostgres } from './postgres.ts';
import { isPostmaster } from './postmaster.ts';

export type PostgresWatch = {
  /** Of the server that runs now, or that ran last. */
  pid(): number;
  /** From now on a server that dies stays dead: everything is being stopped. */
  retire(): void;
  /** Retires, waits for a start that is under way, and stops the server that there is. */
  stop(): Promise<void>;
};

/** Asking is reading one file on Linux, and a program to be run elsewhere. */
const LOOK_EVERY_MS = process.platform === 'linux' ? 250 : 2_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;
/** A server that lived as long as this has started; what follows is a new misfortune. */
const GOOD_AFTER_MS = 60_000;
/** Starts in a row, failed ones and those that did not last: then it is no accident, and somebody has to look. */
const MAX_STARTS = 8;

/** How long to wait before the start of that number, from 1 on. The first is at once. */
export const pauseBefore = (start: number): number =>
  start <= 1 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (start - 2), MAX_PAUSE_MS);

/**
 * Watches the packaged server and starts it again when it is gone though no one asked: on the same data and the same
 * port, so that anyone who uses it finds it again. PostgreSQL recovers from its log by itself.
 */
export function watchPostgres(first: PostgresServer, options: PostgresOptions, most = MAX_STARTS): PostgresWatch {
  const { log } = options;
  let server = first;
  let retired = false;
  let starts = 0;
  let timer: NodeJS.Timeout | null = null;
  let work: Promise<void> = Promise.resolve();
  let since = performance.now();

  const later = (ms: number, then: () => Promise<void>): void => {
    if (retired) return;
    timer = setTimeout(() => {
      work = then();
    }, ms);
  };

  async function look(): Promise<void> {
    if (await isPostmaster(server.pid, server.data)) {
      if (performance.now() - since > GOOD_AFTER_MS) starts = 0;
      return later(LOOK_EVERY_MS, look);
    }
    if (retired) return;
    log.warn(`PostgreSQL (process ${server.pid}) is gone though nobody stopped it`);
    again();
  }

  function again(): void {
    starts += 1;
    if (starts > most) {
      log.warn(`PostgreSQL did not last, ${most} times in a row, and is not started again: see its log`);
      return;
    }
    later(pauseBefore(starts), restart);
  }

  async function restart(): Promise<void> {
    try {
      server = await startPostgres({ ...options, port: first.port, samePort: true });
      since = performance.now();
      log.info(`PostgreSQL runs again on port ${server.port} (process ${server.pid})`);
      if (server.port !== first.port) log.warn('Somebody else started it, on another port: start Comptoir anew');
      later(LOOK_EVERY_MS, look);
    } catch (error) {
      log.warn(`PostgreSQL could not be started again: ${error instanceof Error ? error.message : String(error)}`);
      again();
    }
  }

  function retire(): void {
    retired = true;
    if (timer !== null) clearTimeout(timer);
  }

  later(LOOK_EVERY_MS, look);
  return {
    pid: () => server.pid,
    retire,
    async stop() {
      retire();
      await work;
      await server.stop();
    },
  };
}
