import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type EntityManager, IsNull, Not } from 'typeorm';
import { voidOn } from '../credentials/voidOn.ts';
import { RecoveryCodeTable, TotpTable } from './secondFactorTables.ts';
import { hashRecoveryCode, newRecoveryCodes, openSecret, readCode, sealSecret, takenStep } from './totp.ts';

/** The key from the configuration, and the instant by real time. */
export type Taking = { key: string; at: Date };

/** Whether a person's second factor is on. For the system role. */
export async function hasTotp(tx: EntityManager, userId: string): Promise<boolean> {
  return await tx.existsBy(TotpTable, { userId, confirmedAt: Not(IsNull()) });
}

/**
 * Keeps a new secret, not in force yet, in the place of one that was never confirmed. False when the second factor is
 * on. For the system role.
 */
export async function savePendingTotp(
  tx: EntityManager,
  userId: string,
  secret: string,
  { key, at }: Taking,
): Promise<boolean> {
  const rows = await tx.query(
    `insert into totp (user_id, secret, created_at) values ($1, $2, $3)
     on conflict (user_id) do update set secret = excluded.secret, created_at = excluded.created_at where totp.confirmed_at is null
     returning user_id`,
    [userId, sealSecret(secret, userId, key), at],
  );
  return rows.length === 1;
}

type Locked = { secret: string; confirmedAt: Date | null; lastStep: number | null };

async function lockTotp(tx: EntityManager, userId: string): Promise<Locked | null> {
  const select = { userId: true, secret: true, confirmedAt: true, lastStep: true };
  return (await lockRow(tx, TotpTable, { userId }, select)) as Locked | null;
}

/**
 * Puts the pending secret in force with its first right code, ends what rested on less, and gives the recovery codes,
 * which are nowhere else to be had. The person is locked. For the system role.
 */
export async function confirmTotp(
  tx: EntityManager,
  { userId, email, sessionId }: { userId: string; email: string; sessionId: string | null },
  text: string,
  { key, at }: Taking,
): Promise<string[] | 'NOT_PENDING' | 'WRONG'> {
  const row = await lockTotp(tx, userId);
  if (row === null || row.confirmedAt !== null) return 'NOT_PENDING';
  const read = readCode(text);
  const step = read?.kind === 'TOTP' ? takenStep(openSecret(row.secret, userId, key), read.code, at, null) : null;
  if (step === null) return 'WRONG';
  await tx.update(TotpTable, { userId }, { confirmedAt: at, lastStep: step });
  await voidOn(tx, 'SECOND_FACTOR_ON', { userId, emails: [email], sessionId, at });
  const codes = newRecoveryCodes();
  await tx.insert(
    RecoveryCodeTable,
    codes.map((code) => ({ id: newId(), userId, hash: hashRecoveryCode(code.replace('-', ''), userId, key) })),
  );
  return codes;
}

/** Takes a code of the app, or a recovery code: true when it is right, and then it is used up. For the system role. */
export async function takeCode(tx: EntityManager, userId: string, text: string, { key, at }: Taking): Promise<boolean> {
  const row = await lockTotp(tx, userId);
  const read = readCode(text);
  if (row === null || row.confirmedAt === null || read === null) return false;
  if (read.kind === 'RECOVERY') {
    const unused = { userId, hash: hashRecoveryCode(read.code, userId, key), usedAt: IsNull() };
    return (await tx.update(RecoveryCodeTable, unused, { usedAt: at })).affected === 1;
  }
  const step = takenStep(openSecret(row.secret, userId, key), read.code, at, row.lastStep);
  if (step === null) return false;
  await tx.update(TotpTable, { userId }, { lastStep: step });
  return true;
}

/** Takes the second factor away, and with it what rested on it. The person is locked. For the system role. */
export async function deleteTotp(
  tx: EntityManager,
  { userId, email, sessionId, at }: { userId: string; email: string; sessionId: string | null; at: Date },
): Promise<void> {
  await tx.delete(TotpTable, { userId });
  await voidOn(tx, 'SECOND_FACTOR_OFF', { userId, emails: [email], sessionId, at });
}

export type TotpState = { enabledAt: Date; recoveryCodesLeft: number };

/** The second factor of the person who asks; null when it is off. */
export async function loadTotpState(tx: EntityManager, userId: string): Promise<TotpState | null> {
  const [row] = await tx.query(
    `select t.confirmed_at as "enabledAt",
            (select count(*)::int from recovery_code c where c.user_id = t.user_id and c.used_at is null) as "recoveryCodesLeft"
     from totp t where t.user_id = $1 and t.confirmed_at is not null`,
    [userId],
  );
  return row ?? null;
}
