import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import type { EntityManager } from 'typeorm';
import { type Language, UserTable } from './userTables.ts';

/** What log-in and links need of a person. For the system role. */
export type Login = { userId: string; passwordHash: string | null; active: boolean; language: Language };

export async function findLogin(tx: EntityManager, email: string): Promise<Login | null> {
  const select = { id: true, passwordHash: true, status: true, language: true };
  const row = await tx.findOne(UserTable, { select, where: { email } });
  if (row === null) return null;
  const { id, passwordHash = null, status, language } = row;
  return { userId: id, passwordHash, active: status === 'ACTIVE', language };
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

/** Sets a password; anyone who followed a mailed link has shown that the address is theirs. */
export async function savePassword(tx: EntityManager, userId: string, passwordHash: string): Promise<void> {
  await tx.update(UserTable, { id: userId }, { passwordHash, verified: true });
}

/** The e-mail of an active person; null when there is none such. */
export async function findEmail(tx: EntityManager, userId: string): Promise<string | null> {
  return (await findAddress(tx, userId))?.email ?? null;
}

/** Puts a password in the place of the one that was just shown; false when another came between. */
export async function replacePassword(
  tx: EntityManager,
  { userId, passwordHash }: { userId: string; passwordHash: string },
  newHash: string,
): Promise<boolean> {
  const shown = await lockRow(tx, UserTable, { id: userId, passwordHash, status: 'ACTIVE' }, { id: true });
  if (shown === null) return false;
  await tx.update(UserTable, { id: userId }, { passwordHash: newHash });
  return true;
}

/** Where, and in which language, to write to an active person; null when there is none such. */
export async function findAddress(
  tx: EntityManager,
  userId: string,
): Promise<{ email: string; language: Language } | null> {
  const select = { email: true, language: true };
  const row = await tx.findOne(UserTable, { select, where: { id: userId, status: 'ACTIVE' } });
  return row as { email: string; language: Language } | null;
}
