import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { until } from '@comptoir/testing/until.ts';

/** SIGKILL; a process that is gone already is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** SIGKILL for the process and all that it forked, at once. Resolves when all are gone. */
export async function killWithChildren(parent: number): Promise<void> {
  const pids = [parent, ...(await childrenOf(parent))];
  for (const pid of pids) kill(pid);
  for (const pid of pids) await untilDead(pid);
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout.split('\n').flatMap((line) => {
    const [child, parent] = line.trim().split(/\s+/).map(Number);
    return parent === pid && child !== undefined ? [child] : [];
  });
}

async function untilDead(pid: number): Promise<void> {
  await until(async () => {
    const found = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'stat=']).catch(() => null);
    return found === null || found.stdout.trim() === '' || found.stdout.trim().startsWith('Z');
  }, `process ${pid} to end`);
}
