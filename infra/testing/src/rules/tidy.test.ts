import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { expect, test } from '@jest/globals';

/** The rules of this repository, held by a test instead of a guide. */
const root = fileURLToPath(REPOSITORY);
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '');
const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const sources = tracked.filter((file) => file.endsWith('.ts') || file.endsWith('.mjs'));
const code = sources.filter((file) => !/\.test\.ts$|\/testing\/|\/stories\//.test(file));
const imports = (file: string): string[] =>
  [...text(file).matchAll(/(?:from|import\()\s*'([^'\s]+)'/g)].map((match) => match[1] as string);

/** The files that break a rule, each with what breaks it. */
const offenders = (files: string[], breaks: (file: string) => string[]): string[] =>
  files.flatMap((file) => breaks(file).map((what) => `${file}: ${what}`));

test('there is something to look at', () => {
  expect(code.length).toBeGreaterThan(50);
});

test('subgraphs never import each other, nor the gateway, nor infra', () => {
  const found = offenders(
    code.filter((file) => file.startsWith('subgraphs/')),
    (file) => {
      const home = file.split('/').slice(0, 2).join('/');
      const own = file.split('/')[1];
      return imports(file).filter((path) => {
        const workspace = /^@comptoir\/([a-z]+)\//.exec(path)?.[1];
        if (workspace !== undefined) return workspace !== 'shared' && workspace !== own;
        return path.startsWith('.') && !join(dirname(file), path).startsWith(`${home}/`);
      });
    },
  );
  expect(found).toEqual([]);
});

test('shared imports nothing of ours, and the gateway imports shared only', () => {
  const ours = (path: string): boolean => /^@comptoir\//.test(path);
  expect(
    offenders(
      code.filter((file) => file.startsWith('shared/')),
      (file) => imports(file).filter(ours),
    ),
  ).toEqual([]);
  const gateway = code.filter((file) => file.startsWith('gateway/src/'));
  expect(
    offenders(gateway, (file) => imports(file).filter((path) => ours(path) && !path.startsWith('@comptoir/shared/'))),
  ).toEqual([]);
});

/** The workspaces, the innermost folder first where one lies in another. */
const workspaces = tracked
  .filter((file) => /.\/package\.json$/.test(file))
  .map((file) => ({ folder: dirname(file), ...(JSON.parse(text(file)) as Manifest) }));
type Manifest = { name: string; dependencies?: object; devDependencies?: object };
const workspaceOf = (file: string) => workspaces.find(({ folder }) => file.startsWith(`${folder}/`));
const packageOf = (path: string): string | undefined => /^(@[^/]+\/[^/]+|[^@./][^/]*)/.exec(path)?.[1];

test('a package imports what it declares: what runs from its dependencies, what tests from those of development', () => {
  expect(workspaces.length).toBeGreaterThan(8);
  const found = offenders(sources, (file) => {
    const home = workspaceOf(file);
    if (home === undefined) return [];
    const declared = { ...home.dependencies, ...(code.includes(file) ? {} : home.devDependencies), [home.name]: '*' };
    return imports(file).filter((path) => {
      const name = packageOf(path);
      return name !== undefined && !isBuiltin(path) && !Object.hasOwn(declared, name);
    });
  });
  expect(found).toEqual([]);
});

test('a package is reached by its name, never by a path into its folder', () => {
  const found = offenders(sources, (file) => {
    const home = workspaceOf(file)?.folder;
    return imports(file).filter(
      (path) => path.startsWith('.') && workspaceOf(join(dirname(file), path))?.folder !== home,
    );
  });
  expect(found).toEqual([]);
});

test('imports run one way: nothing below imports the schema, the permissions or a resolver', () => {
  const below = code.filter((file) => /^subgraphs\/.*(Store|Tables)\.ts$/.test(file));
  expect(below.length).toBeGreaterThan(5);
  expect(
    offenders(below, (file) =>
      imports(file).filter((path) => /schema\.ts|permissions\.ts|Resolvers\.ts|context\.ts/.test(path)),
    ),
  ).toEqual([]);
});

test('files stay under 300 lines, tests under 450', () => {
  const files = sources.filter((file) => !file.includes('/migrations/'));
  const lines = (file: string): number => text(file).split('\n').length - 1;
  const most = (file: string): number => (file.endsWith('.test.ts') ? 450 : 300);
  expect(offenders(files, (file) => (lines(file) > most(file) ? [`${lines(file)} lines`] : []))).toEqual([]);
});

test('comments are wrapped at 120 columns', () => {
  const isComment = /^\s*(\*|\/\/|\/\*)/;
  expect(
    offenders(sources, (file) =>
      text(file)
        .split('\n')
        .filter((line) => line.length > 120 && isComment.test(line))
        .map((line) => `${line.trim().slice(0, 40)}…`),
    ),
  ).toEqual([]);
});

test('no barrels: a file exports what it holds', () => {
  expect(offenders(code, (file) => (/export \* from/.test(text(file)) ? ['export * from'] : []))).toEqual([]);
});

test('writes to the database go through a transaction that carries the viewer', () => {
  const found = offenders(
    code.filter((file) => file.startsWith('subgraphs/')),
    (file) =>
      text(file).match(/\.save\(|startTransaction\(|\.transaction\(|getRepository\(|createQueryRunner\(/g) ?? [],
  );
  expect(found).toEqual([]);
});

test('domain SQL asks the installation’s clock, not the database’s', () => {
  const files = code.filter((file) => file.startsWith('subgraphs/'));
  const asks = /(?<![.\w])now\(\)|current_timestamp|clock_timestamp|statement_timestamp/gi;
  expect(offenders(files, (file) => text(file).match(asks) ?? [])).toEqual([]);
});

test('only env files and programs read the environment', () => {
  const allowed = /(^|\/)(env|startEnv|serviceMain|main|start|log)\.ts$|^infra\/|\/testing\//;
  expect(
    offenders(
      code.filter((file) => !allowed.test(file)),
      (file) => text(file).match(/process\.env/g) ?? [],
    ),
  ).toEqual([]);
});

test('tests are neither skipped nor narrowed, and do not sleep', () => {
  const tests = sources.filter((file) => file.endsWith('.test.ts') && !file.endsWith('tidy.test.ts'));
  expect(
    offenders(tests, (file) => text(file).match(/\b(test|it|describe)\.(skip|only|todo)\b|\bxit\(|\bxtest\(/g) ?? []),
  ).toEqual([]);
});

test('nothing names a package registry’s host or a path of a machine', () => {
  const files = tracked.filter((file) => !file.endsWith('tidy.test.ts'));
  const host = new RegExp(['registry', 'npmjs', 'org'].join('\\.'));
  expect(
    offenders(files, (file) => [
      ...(host.test(text(file)) ? ['a registry host'] : []),
      ...(/\/(root|home\/[a-z]+|work)\/[a-z]/.exec(text(file)) ?? []),
    ]),
  ).toEqual([]);
});

test('no test asserts how long something took: speed is measured by the bench and the guard figures', () => {
  const timed = tracked.filter((file) => file.endsWith('.test.ts') && file !== 'infra/testing/src/rules/tidy.test.ts');
  const asserts = /expect\((?:performance\.now\(\) - |ms\b|elapsed|took|duration)/g;
  expect(offenders(timed, (file) => [...text(file).matchAll(asserts)].map(([what]) => what))).toEqual([]);
});

test('a test without a kind in its name needs this process only: npm run test:unit runs it without a database', () => {
  const pure = tracked.filter((file) => /(?<!\.(db|story|http|process))\.test\.ts$/.test(file));
  expect(pure.length).toBeGreaterThan(80);
  // What opens a database, a server or another process, and the fixtures that do.
  const elsewhere =
    /^(node:(http2?|https|net|child_process|cluster)|nodemailer|maildev|undici)$|\/(testDatabase|subgraphFixture|\w+Fixture|testInstallation|ownServers|mailbox|postgres|adminClient|subgraphServer|serviceProcesses|stripeStandIn)\.ts$/;
  const found = offenders(
    // Those of the whole tree ask git for the names of files.
    pure.filter((file) => !file.startsWith('infra/testing/src/rules/')),
    (file) => [
      ...imports(file).filter((path) => elsewhere.test(path)),
      ...(text(file).match(/new pg\.(Client|Pool)|new DataSource/g) ?? []),
    ],
  );
  expect(found).toEqual([]);
});
