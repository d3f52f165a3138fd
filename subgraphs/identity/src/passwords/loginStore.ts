import type { EntityManager } from 'typeorm';
import type { Language } from '../people/userTables.ts';

/** What log-in and links need of a person. For the system role. */
export type Login = { userId: string; passwordHash: string | null; active: boolean; language: Language };

export async function findLogin(tx: EntityManager, email: string): Promise<Login | null> {
  const [row] = await tx.query(
    `select id as "userId", password_hash as "passwordHash", status = 'ACTIVE' as active, language from app_user where email = $1`,
    [email],
  );
  return row ?? null;
}

/** True when this is still the password of an active person; its row stays locked, so that a reset comes before or after, not between. */
export async function stillHolds(tx: EntityManager, userId: string, passwordHash: string): Promise<boolean> {
  const rows = await tx.query(
    `select from app_user where id = $1 and password_hash = $2 and status = 'ACTIVE' for share`,
    [userId, passwordHash],
  );
  return rows.length === 1;
}

/** Sets a password; whoever followed a mailed link has shown that the address is theirs. */
export async function savePassword(tx: EntityManager, userId: string, passwordHash: string): Promise<void> {
  await tx.query('update app_user set password_hash = $2, verified = true where id = $1', [userId, passwordHash]);
}
