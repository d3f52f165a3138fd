import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readIfThere } from '../machine/files.ts';

/** What a server wrote into its data folder about itself. It is only a claim: the server may be long dead. */
export type Postmaster = { pid: number; port: number };

/** Reads postmaster.pid; null when there is none, or when it is still being written. */
export async function readPostmaster(data: string): Promise<Postmaster | null> {
  const lines = (await readIfThere(join(data, 'postmaster.pid')))?.split('\n') ?? [];
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return Number.isInteger(pid) && pid > 0 && Number.isInteger(port) && port > 0 ? { pid, port } : null;
}

/**
 * Whether that process is a PostgreSQL server on that data folder. A live pid alone proves nothing: numbers are used
 * again, soonest in containers. The command line tells, because everybody may read it; a zombie has none, and counts as
 * gone.
 */
export async function isPostmaster(pid: number, data: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return command.includes(`\0-D\0${data}\0`);
  }
  const seen = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'stat=,command=']).catch(() => null);
  return seen !== null && !seen.stdout.trim().startsWith('Z') && seen.stdout.includes(`-D ${data} `);
}

/**
 * Removes the pid file of a server that was killed when another program has its number by now: PostgreSQL would take
 * that program for itself and refuse to start. Where no one has the number PostgreSQL clears up alone, and checks for
 * surviving backends.
 */
export async function forgetPidOfAnother(data: string): Promise<void> {
  const claimed = await readPostmaster(data);
  if (claimed === null || (await isPostmaster(claimed.pid, data))) return;
  try {
    process.kill(claimed.pid, 0);
  } catch {
    return;
  }
  await rm(join(data, 'postmaster.pid'), { force: true });
}

/** True when the server was gone within that many milliseconds. */
export async function untilGone(pid: number, data: string, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (await isPostmaster(pid, data)) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

/**
 * Stops the server and resolves when it is gone: first politely (connections are ended, everything is written), after
 * twenty seconds at once (the next start then recovers from the log). Throws when even that does not help.
 */
export async function stopPostmaster(pid: number, data: string): Promise<void> {
  for (const [signal, withinMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
  ] as const) {
    if (!(await isPostmaster(pid, data))) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    if (await untilGone(pid, data, withinMs)) return;
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop.`);
}
