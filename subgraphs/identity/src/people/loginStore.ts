import type { EntityManager } from 'typeorm';
import type { Language } from './userTables.ts';

/** What log-in and links need of a person. For the system role. */
export type Login = { userId: string; passwordHash: string | null; active: boolean; language: Language };

export async function findLogin(tx: EntityManager, email: string): Promise<Login | null> {
  const [row] = await tx.query(
    `select id as "userId", password_hash as "passwordHash", status = 'ACTIVE' as active, language from app_user where email = $1`,
    [email],
  );
  return row ?? null;
}

/**
 * True when this is still the password of an active person; its row stays locked, so that a reset comes before or
 * after, not between.
 */
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

/** The e-mail of an active person; null when there is none such. */
export async function findEmail(tx: EntityManager, userId: string): Promise<string | null> {
  const [row] = await tx.query(`select email from app_user where id = $1 and status = 'ACTIVE'`, [userId]);
  return row?.email ?? null;
}

/** Puts a password in the place of the one that was just shown; false when another came between. */
export async function replacePassword(
  tx: EntityManager,
  { userId, passwordHash }: { userId: string; passwordHash: string },
  newHash: string,
): Promise<boolean> {
  const rows = await tx.query(
    `select from app_user where id = $1 and password_hash = $2 and status = 'ACTIVE' for update`,
    [userId, passwordHash],
  );
  if (rows.length === 0) return false;
  await tx.query('update app_user set password_hash = $2 where id = $1', [userId, newHash]);
  return true;
}

/** Where, and in which language, to write to an active person; null when there is none such. */
export async function findAddress(
  tx: EntityManager,
  userId: string,
): Promise<{ email: string; language: Language } | null> {
  const [row] = await tx.query(`select email, language from app_user where id = $1 and status = 'ACTIVE'`, [userId]);
  return row ?? null;
}
