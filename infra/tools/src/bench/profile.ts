import { bodyOf, readDashboard } from './contestants.ts';
import type { Databases } from './databases.ts';
import type { Bodies, Load } from './load.ts';
import { startOurs } from './ours.ts';
import { RECORD } from './seed.ts';

type Frame = { functionName: string; url: string; lineNumber: number };
type CpuProfile = {
  nodes: { id: number; callFrame: Frame; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
};

const WARM_UP_MS = 6_000;
const SAMPLED_MS = 10_000;
const LINES = 25;

/**
 * Where the one process spends its processor under load: its own time by package and by function, and with all that is
 * called from there.
 */
export async function profile(databases: Databases, load: Load, what: 'dashboard' | 'charging'): Promise<string> {
  const ours = await startOurs(databases, { name: 'profiled' });
  try {
    const { ownTrackerIds: trackerIds } = databases.world;
    const bodies: Bodies =
      what === 'dashboard' ? { same: bodyOf(await readDashboard()) } : { query: RECORD, trackerIds, batch: 1 };
    const concurrency = what === 'dashboard' ? 8 : 32;
    await load.warmUp(ours, { concurrency, ms: WARM_UP_MS, bodies });
    await ours.ask('profile');
    const { perSecond, cpuMs } = await load.run(ours, { concurrency, ms: SAMPLED_MS, bodies });
    const cpu =
      cpuMs === null
        ? ''
        : `, ${cpuMs.own.toFixed(1)} ms of processor each and ${cpuMs.postgres.toFixed(1)} ms of PostgreSQL's`;
    return `${perSecond.toFixed(1)} requests/s${cpu}\n\n${report(await ours.ask<CpuProfile>('profiled'))}`;
  } finally {
    await ours.stop();
  }
}

function report({ nodes, samples, timeDeltas }: CpuProfile): string {
  const own = new Map<number, number>();
  samples.forEach((id, at) => void own.set(id, (own.get(id) ?? 0) + (timeDeltas[at] as number)));
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id));
  const busy = [...own].reduce((sum, [id, time]) => sum + (idle.has(id) ? 0 : time), 0);
  const byId = new Map(nodes.map((node) => [node.id, node]));

  const packages = new Map<string, number>();
  const functions = new Map<string, number>();
  const total = new Map<string, number>();
  const add = (sums: Map<string, number>, key: string, time: number): void =>
    void sums.set(key, (sums.get(key) ?? 0) + time);
  /** Sums what is called from a node; a function that calls itself again counts once, at its outermost call. */
  const visit = (id: number, above: ReadonlySet<string>): number => {
    const node = byId.get(id);
    if (node === undefined || idle.has(id)) return 0;
    const name = nameOf(node.callFrame);
    const time = own.get(id) ?? 0;
    add(packages, packageOf(node.callFrame), time);
    add(functions, name, time);
    const inside = new Set([...above, name]);
    const all = (node.children ?? []).reduce((sum, child) => sum + visit(child, inside), time);
    if (!above.has(name)) add(total, name, all);
    return all;
  };
  const called = new Set(nodes.flatMap(({ children }) => children ?? []));
  for (const { id } of nodes) if (!called.has(id)) visit(id, new Set());

  const top = (title: string, sums: Map<string, number>): string =>
    [
      `${title} (of ${(busy / 1_000).toFixed(0)} ms busy)`,
      ...[...sums]
        .sort(([, one], [, other]) => other - one)
        .slice(0, LINES)
        .map(([name, time]) => `  ${((time / busy) * 100).toFixed(1).padStart(5)} %  ${name}`),
    ].join('\n');
  return [
    top('Own time by package', packages),
    top('Own time by function', functions),
    top('With what it calls', total),
  ].join('\n\n');
}

/** `@apollo/gateway`, `shared/src/execution/executor.ts`, `node:internal`, or V8's own: garbage collector, program. */
function packageOf({ url, functionName }: Frame): string {
  const found = /node_modules\/((?:@[^/]+\/)?[^/]+)/g;
  const last = [...url.matchAll(found)].at(-1)?.[1];
  if (last !== undefined) return last;
  if (url.startsWith('node:')) return 'node';
  return url === '' ? functionName || '(native)' : shorten(url);
}

const nameOf = (frame: Frame): string =>
  frame.url === ''
    ? frame.functionName
    : `${frame.functionName || '(anonymous)'}  ${shorten(frame.url)}:${frame.lineNumber + 1}`;

const shorten = (url: string): string =>
  url.replace(/^file:\/\/.*?\/node_modules\//, '').replace(/^file:\/\/.*?\/(shared|gateway|infra|subgraphs)\//, '$1/');
