import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIfThere } from '@comptoir/launch/machine/files.ts';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { adoptPostgres } from '@comptoir/launch/postgres/postgres.ts';

const OWN_SERVERS = fileURLToPath(new URL('.comptoir/test-servers', REPOSITORY));

/**
 * A new data folder for a test that starts, kills or restarts a server of its own. `removeServer` it in the end; a run
 * that is killed leaves that to the watchdog.
 */
export async function ownServerFolder(): Promise<string> {
  await mkdir(OWN_SERVERS, { recursive: true });
  return await mkdtemp(join(OWN_SERVERS, 'server-'));
}

/** Stops the server on the folder, if there is one, and removes all that it had, also what lies outside the project. */
export async function removeServer(dataDir: string): Promise<void> {
  const server = await adoptPostgres(dataDir);
  await server?.stop();
  const place = await readIfThere(join(dataDir, 'place.json'));
  if (place !== null) await rm((JSON.parse(place) as { base: string }).base, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
}

/** Removes what killed runs left. Only for anyone who knows that no run is under way. */
export async function removeAbandonedServers(): Promise<void> {
  for (const name of await readdir(OWN_SERVERS).catch(() => [])) await removeServer(join(OWN_SERVERS, name));
}
