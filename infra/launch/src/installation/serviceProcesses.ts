import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PORTS_CAN_BE_SHARED } from '@comptoir/shared/process/listen.ts';
import type { Said } from '@comptoir/shared/process/succession.ts';
import { HEAP } from '../machine/heap.ts';

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
  /** Called when it ended although no one asked; it is started again a moment later. */
  onCrash?: (code: number | null) => void;
};

/**
 * Runs one service and starts it again when it dies. Its output goes to the log file. A service that is told to leave
 * (SIGTERM) without our having wished it is being deployed: where two can listen on a port the next one is started
 * first, and the last one leaves when that one listens.
 */
export function runService({ name, script, env, logFile, onCrash }: ServiceProcessOptions): ServiceProcess {
  const running = new Set<ChildProcess>();
  const leaving = new Set<ChildProcess>();
  let current: ChildProcess | null = null;
  let wanted = true;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');

  function launch(replacing: boolean): void {
    const child = spawn(process.execPath, [...HEAP, fileURLToPath(script)], {
      env: { ...process.env, ...env, REPLACING: replacing ? 'on' : 'off' },
      stdio: ['ignore', log, log, 'ipc'],
      // Ctrl-C reaches the whole group of a terminal; each service is told by us, in our order.
      detached: true,
    });
    running.add(child);
    current = child;
    child.on('message', (said: Said) => {
      if (said === 'listening') for (const last of leaving) tell(last, 'succeeded');
      if (said !== 'leaving') return;
      leaving.add(child);
      if (!wanted) tell(child, 'end');
      else if (PORTS_CAN_BE_SHARED && current === child) launch(true);
      else tell(child, 'succeeded');
    });
    child.once('exit', async (code) => {
      running.delete(child);
      const left = leaving.delete(child);
      if (current !== child) return;
      current = null;
      if (!wanted) return;
      if (!left) {
        onCrash?.(code);
        await delay(200);
      }
      // One that was to replace another may have failed to start; that one is still there.
      if (wanted) launch(leaving.size > 0);
    });
  }

  launch(false);

  return {
    name,
    pid: () => current?.pid ?? null,
    async stop() {
      wanted = false;
      await Promise.all([...running].map((child) => end(child, leaving.has(child))));
    },
  };
}

function tell(child: ChildProcess, said: Said): void {
  // It may end at this very moment; then there is no one to tell.
  if (child.connected) child.send(said, () => undefined);
}

/** Ends a process; one that is told to leave already does so without waiting for its successor. */
async function end(child: ChildProcess, isLeaving: boolean): Promise<void> {
  const exited = once(child, 'exit');
  if (isLeaving) tell(child, 'end');
  else child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(late);
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
