// Runs before `npm start` and `npm test`, by whatever Node the machine has: old syntax only, and nothing but Node's own
// modules, so that an old Node says a sentence instead of a syntax error.
import { spawnSync } from 'child_process';
import fs from 'fs';
import path from 'path';
import { fileURLToPath } from 'url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const installed = path.join(root, 'node_modules', '.package-lock.json');
const pinnedNode = path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

function fail(sentence) {
  console.error(`\n${sentence}\n`);
  process.exit(1);
}

/** Milliseconds since the epoch of the file's last change; 0 when there is none. */
function changedAt(file) {
  try {
    return fs.statSync(file).mtimeMs;
  } catch (_absent) {
    return 0;
  }
}

/** The package.json of the root and of each workspace; `folder/*` is the only pattern that we use. */
function manifests() {
  const rootManifest = path.join(root, 'package.json');
  const found = [rootManifest];
  for (const pattern of JSON.parse(fs.readFileSync(rootManifest, 'utf8')).workspaces) {
    if (pattern.slice(-2) !== '/*') found.push(path.join(root, pattern, 'package.json'));
    else {
      const parent = path.join(root, pattern.slice(0, -2));
      for (const name of fs.readdirSync(parent)) found.push(path.join(parent, name, 'package.json'));
    }
  }
  return found;
}

function isCurrent() {
  const installedAt = changedAt(installed);
  if (installedAt === 0 || changedAt(pinnedNode) === 0) return false;
  return manifests()
    .concat(path.join(root, 'package-lock.json'))
    .every((file) => changedAt(file) <= installedAt);
}

function install() {
  console.log('Installing dependencies with npm; the first time this takes a minute or two.');
  // `--include=dev`: an environment with NODE_ENV=production would otherwise leave out what the tests need.
  const args = ['install', '--no-audit', '--no-fund', '--include=dev', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const isScript = npm !== undefined && /\.[cm]?js$/.test(npm);
  const outcome = isScript
    ? spawnSync(process.execPath, [npm].concat(args), { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });

  if (outcome.error) fail(`npm could not be started (${outcome.error.message}). Install npm, then try again.`);
  if (outcome.status !== 0) {
    fail(
      `npm install failed (${outcome.signal || `exit code ${outcome.status}`}). Its own message stands above; ` +
        'most often the package registry cannot be reached. Nothing else was changed: try again when it is mended.',
    );
  }
  if (changedAt(pinnedNode) === 0) {
    fail('npm install ended well but left no node_modules/.bin/node. Delete node_modules and try again.');
  }
  // npm leaves its own record untouched when there was nothing to do; without this it would be asked again every time.
  const now = new Date();
  fs.utimesSync(installed, now, now);
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(
    `Node ${process.versions.node} is too old to begin with: install Node 20 or newer (the project then brings its own).`,
  );
}
if (!isCurrent()) install();
