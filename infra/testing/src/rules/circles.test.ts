import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { expect, test } from '@jest/globals';

/**
 * The rooms of a package lie above each other: what imports, directly or over others, is never imported in return. A
 * test, which nothing imports, stands beside what it tests and reaches for all that it needs; a helper of tests counts
 * like everything else.
 */
const root = fileURLToPath(REPOSITORY);
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
}).split('\n');
const packages = listed.filter((file) => /.\/package\.json$/.test(file)).map((file) => dirname(file));
const files = listed.filter((file) => file.endsWith('.ts') && packages.some((home) => file.startsWith(`${home}/`)));
const known = new Set(files);
const text = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

type Import = { to: string; isValue: boolean };
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** What a file imports of its own package. A list of names that are all types is erased, as `import type` is. */
function importsOf(file: string): Import[] {
  const statements = (text.get(file) as string).matchAll(
    /^(?:import|export)\s+(type\s)?([^;'"`]*?\sfrom\s+)?'(\.[^'\s]+)'|\bimport\('(\.[^'\s]+)'\)/gm,
  );
  return [...statements].flatMap(([, type, what = '', path, later]) => {
    const to = posix.join(dirname(file), (path ?? later) as string);
    if (!known.has(to)) return [];
    const names = /^\{([^}]*)\}/.exec(what.trim())?.[1]?.split(',') ?? null;
    const onlyTypes = names?.every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
    return [{ to, isValue: type === undefined && !(onlyTypes && names?.some((name) => name.trim() !== '')) }];
  });
}

const imports = files.flatMap((from) => importsOf(from).map((one) => ({ from, ...one })));
const values = imports.filter(({ from, isValue }) => isValue && !from.endsWith('.test.ts'));

function graphOf(edges: Iterable<readonly [from: string, to: string]>): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (from === to) continue;
    const next = graph.get(from) ?? new Set();
    graph.set(from, next.add(to));
  }
  return graph;
}

/** The circles of a graph, each as the places that reach each other, in one text. */
function circlesIn(graph: Graph): string[] {
  const reach = new Map<string, Set<string>>();
  for (const start of graph.keys()) {
    const seen = new Set<string>();
    const waiting = [...(graph.get(start) ?? [])];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      if (seen.has(place)) continue;
      seen.add(place);
      waiting.push(...(graph.get(place) ?? []));
    }
    reach.set(start, seen);
  }
  const circles = [...reach]
    .filter(([place, seen]) => seen.has(place))
    .map(([place, seen]) =>
      [...seen]
        .filter((other) => reach.get(other)?.has(place))
        .sort()
        .join(' - '),
    );
  return [...new Set(circles)];
}

/** Where two paths part: the two entries of the innermost folder that holds both. */
function parting(from: string, to: string): [string, string] {
  const [a, b] = [from.split('/'), to.split('/')];
  const at = a.findIndex((part, place) => part !== b[place]);
  return [a.slice(0, at + 1).join('/'), b.slice(0, at + 1).join('/')];
}

test('there are imports to look at', () => {
  expect(files.length).toBeGreaterThan(500);
  expect(values.length).toBeGreaterThan(1_000);
  expect(imports.length).toBeGreaterThan(values.length);
  expect(imports.filter(({ to }) => to.endsWith('.test.ts'))).toEqual([]);
});

test('a circle is found', () => {
  expect(
    circlesIn(
      graphOf([
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'b'],
        ['c', 'd'],
      ]),
    ),
  ).toEqual(['b - c']);
  expect(parting('x/a/b.ts', 'x/c.ts')).toEqual(['x/a', 'x/c.ts']);
});

test('files form no circle, with what they import as types only', () => {
  expect(circlesIn(graphOf(imports.map(({ from, to }) => [from, to])))).toEqual([]);
});

test('folders form no circle', () => {
  expect(circlesIn(graphOf(values.map(({ from, to }) => [dirname(from), dirname(to)])))).toEqual([]);
});

test('folders form no circle when each is taken with all that is in it', () => {
  expect(circlesIn(graphOf(values.map(({ from, to }) => parting(from, to))))).toEqual([]);
});
