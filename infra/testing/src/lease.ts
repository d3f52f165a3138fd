import type { PostgresServer } from '@comptoir/launch/postgres/postgres.ts';
import pg from 'pg';
import { removeAbandonedServers } from './ownServers.ts';

/** Held shared by every test run that uses the server, and exclusively by the one who is about to stop it. */
const LEASE = 7_361_002;

/** How a server that is being stopped, or is gone, answers those who come too late. */
const STOPPING = ['57P01', '57P03', 'ECONNREFUSED', 'ECONNRESET'];

/**
 * Takes a share in the test server. It is an advisory lock on a connection, so it ends with this process, however this
 * process ends: no list of users that a SIGKILL could leave wrong. `whenAlone` runs while no other run can get in. Null
 * when the server was just being stopped; start it again.
 */
export async function takeLease(
  server: PostgresServer,
  whenAlone: (client: pg.Client) => Promise<void>,
): Promise<pg.Client | null> {
  const client = new pg.Client({
    connectionString: server.adminUrl,
    connectionTimeoutMillis: 30_000,
    application_name: 'comptoir test lease',
  });
  let lost = false;
  client.on('error', () => {
    lost = true;
  });
  client.on('end', () => {
    lost = true;
  });
  try {
    await client.connect();
    const { rows } = await client.query('select pg_try_advisory_lock($1) as alone', [LEASE]);
    if (rows[0].alone) await whenAlone(client);
    // Waits for a run that is cleaning up; if instead somebody stops the server, the connection breaks.
    await client.query('select pg_advisory_lock_shared($1)', [LEASE]);
    if (rows[0].alone) await client.query('select pg_advisory_unlock($1)', [LEASE]);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    if (lost || STOPPING.includes((error as { code?: string }).code ?? '')) return null;
    throw error;
  }
}

/**
 * Stops the server, and those that tests of killed runs left, unless a run still uses it; true when it is gone. A run
 * that begins meanwhile finds it stopped and starts it again.
 */
export async function stopIfUnused(server: PostgresServer): Promise<boolean> {
  const client = new pg.Client({
    connectionString: server.adminUrl,
    connectionTimeoutMillis: 30_000,
    application_name: 'comptoir test stop',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query('select pg_try_advisory_lock($1) as unused', [LEASE]);
    if (!rows[0].unused) return false;
    await removeAbandonedServers();
    await server.stop();
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}
