import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';

/** The file's text, or null when there is no such file. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * The file's text; when there is no such file it is made first, readable by its owner only. Of several processes that
 * do this at once one wins and all get the winner's text, and no one ever reads half a file: it is written aside and
 * linked into place.
 */
export async function readOrCreate(file: string, make: () => string | Promise<string>): Promise<string> {
  const existing = await readIfThere(file);
  if (existing !== null) return existing;

  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(aside, await make(), { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
  return await readFile(file, 'utf8');
}

/** Writes the file anew, readable by its owner only; anyone who reads it meanwhile gets the old text or the new one. */
export async function writePrivate(file: string, content: string): Promise<void> {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(aside, content, { mode: 0o600, flag: 'wx', flush: true });
  await rename(aside, file);
}

/** The last lines of a log, for the message of an error; empty when there is no such file. */
export async function logTail(file: string): Promise<string> {
  return ((await readIfThere(file)) ?? '').trimEnd().split('\n').slice(-8).join('\n');
}
