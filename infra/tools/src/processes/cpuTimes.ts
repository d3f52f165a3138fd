import { readdirSync, readFileSync } from 'node:fs';

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
