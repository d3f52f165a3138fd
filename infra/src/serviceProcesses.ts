import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HEAP } from './heap.ts';

export type ServiceProcess = {
  name: string;
  /** Of the process that runs now; null while none does. */
  pid(): number | null;
  /** Ends it for good: SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>;
};

export type ServiceProcessOptions = {
  name: string;
  /** Its `main.ts`. */
  script: URL;
  env: Record<string, string>;
  logFile: string;
  /** Called when it ended although nobody asked; it is started again a moment later. */
  onCrash?: (code: number | null) => void;
};

/** Runs one service and starts it again when it dies. Its output goes to the log file. */
export function runService({ name, script, env, logFile, onCrash }: ServiceProcessOptions): ServiceProcess {
  let child: ChildProcess | null = null;
  let wanted = true;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');

  const launch = (): void => {
    child = spawn(process.execPath, [...HEAP, fileURLToPath(script)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      // Ctrl-C reaches the whole group of a terminal; each service is told by us, in our order.
      detached: true,
    });
    child.once('exit', async (code) => {
      child = null;
      if (!wanted) return;
      onCrash?.(code);
      await delay(200);
      if (wanted) launch();
    });
  };
  launch();

  return {
    name,
    pid: () => child?.pid ?? null,
    async stop() {
      wanted = false;
      const last = child;
      if (last === null) return;
      const exited = once(last, 'exit');
      last.kill('SIGTERM');
      const late = setTimeout(() => last.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(late);
    },
  };
}

/** Resolves when the address answers 200; throws after the deadline. */
export async function untilReady(url: string, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const ready = await fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    if (performance.now() > deadline) throw new Error(`${url} did not become ready within ${withinMs / 1000} s.`);
    await delay(50);
  }
}
