import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { requestRole, SUBGRAPHS, systemRole } from '@comptoir/shared/values/subgraphs.ts';
import pg from 'pg';

/** The eight roles that the application logs in with: one for requests and one for the system, per subgraph. */
export const APPLICATION_ROLES: readonly string[] = SUBGRAPHS.flatMap((name) => [requestRole(name), systemRole(name)]);

/**
 * What PostgreSQL itself would store for the password (SCRAM-SHA-256, RFC 5803). Sent instead of the password, so that
 * no statement log and no error message of any server ever shows one.
 */
export function scramVerifier(password: string, salt = randomBytes(16), iterations = 4096): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`;
}

/**
 * Creates the application's roles where they are missing, takes away what they must not have, and sets their passwords.
 * They log in and nothing else: no superuser, no BYPASSRLS, members of no role and owners of nothing, so that row-level
 * security binds them.
 */
export async function ensureRoles(client: pg.Client, rolePassword: (role: string) => string): Promise<void> {
  for (const role of APPLICATION_ROLES) {
    const name = pg.escapeIdentifier(role);
    const verifier = pg.escapeLiteral(scramVerifier(rolePassword(role)));
    const { rows } = await client.query(
      `select rolsuper or rolcreatedb or rolcreaterole or rolbypassrls or rolreplication or rolinherit as excessive,
         exists (select from pg_auth_members where member = pg_roles.oid) as member
       from pg_roles where rolname = $1`,
      [role],
    );
    if (rows.length === 0) {
      await client.query(
        `create role ${name} login nosuperuser nocreatedb nocreaterole nobypassrls noreplication noinherit password ${verifier}`,
      );
      continue;
    }
    if (rows[0].member)
      throw new Error(`The role ${role} is a member of another role: revoke that, for it could act as that role.`);
    // Taking an attribute away needs more rights than changing a password, so it is asked for only where there is one.
    if (rows[0].excessive)
      await client.query(`alter role ${name} nosuperuser nocreatedb nocreaterole nobypassrls noreplication noinherit`);
    await client.query(`alter role ${name} login password ${verifier}`);
  }
}

/**
 * Each role finds its own schema, then `access`, and nothing in `public`. It belongs to the role: a cloned database
 * keeps it.
 */
export async function setSearchPaths(client: pg.Client): Promise<void> {
  for (const subgraph of SUBGRAPHS) {
    for (const role of [requestRole(subgraph), systemRole(subgraph)]) {
      await client.query(
        `alter role ${pg.escapeIdentifier(role)} set search_path = ${pg.escapeIdentifier(subgraph)}, access`,
      );
    }
  }
}
