import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A forked program of the bench (`child.ts` is its side). */
export type BenchProcess = {
  pid: number;
  url: string;
  ask<Answer>(question: unknown): Promise<Answer>;
  stop(): Promise<void>;
};

type Reply = { id: number; answer?: unknown; problem?: string };

/** Forks the script, hands it its configuration, and resolves when it says where it listens. Rejects with what went wrong there. */
export async function startProcess(
  script: URL,
  config: unknown,
  { execArgv = [], env = {} }: { execArgv?: string[]; env?: Record<string, string> } = {},
): Promise<BenchProcess> {
  const child = fork(fileURLToPath(script), {
    execArgv,
    env: { ...process.env, NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  child.on('message', ({ id, answer, problem }: Reply) => {
    if (problem === undefined) waiting.get(id)?.resolve(answer);
    else waiting.get(id)?.reject(new Error(problem));
    waiting.delete(id);
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${script.pathname} ended with ${code}.`));
  });
  const send = <Answer>(id: number, message: object): Promise<Answer> => {
    const reply = Promise.withResolvers<unknown>();
    waiting.set(id, reply);
    child.send({ id, ...message });
    return reply.promise as Promise<Answer>;
  };
  try {
    return {
      url: await send<string>(0, { config }),
      pid: child.pid as number,
      ask: (question) => send(++last, { question }),
      stop: () => end(child),
    };
  } catch (error) {
    await end(child);
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(late);
}

/** Linux counts in hundredths of a second for every program, whatever the kernel was built with. */
const MS_PER_TICK = 10;

/** Processor time that each of the processes has used so far, in milliseconds; null where there is no /proc. */
export type CpuTimes = Map<number, number> | null;

export function cpuTimes(pids: readonly number[]): CpuTimes {
  const times = new Map<number, number>();
  for (const pid of pids) {
    const fields = fieldsOf(pid);
    if (fields !== null) times.set(pid, (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK);
  }
  return times.size === 0 ? null : times;
}

/** What was used between two looks, in milliseconds; a process that began meanwhile counts from its beginning. */
export function cpuBetween(before: CpuTimes, after: CpuTimes): number | null {
  if (before === null || after === null) return null;
  return [...after].reduce((sum, [pid, ms]) => sum + ms - (before.get(pid) ?? 0), 0);
}

/** A server and the processes that it forked: PostgreSQL has one per connection. */
export function withChildren(parent: number): number[] {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return [parent, ...pids.map(Number).filter((pid) => fieldsOf(pid)?.[1] === String(parent))];
  } catch {
    return [];
  }
}

/** The fields of /proc/pid/stat after the name, which may hold anything: state, parent, …, user and system time. */
function fieldsOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
