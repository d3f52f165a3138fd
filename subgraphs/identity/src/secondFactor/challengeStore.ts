import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { newLinkSecret } from '../credentials/linkSecret.ts';
import { ChallengeTable } from './secondFactorTables.ts';

/** How long a challenge waits for its code, in milliseconds of real time. */
const CHALLENGE_MS = 5 * 60_000;
/** After that many wrong codes a challenge is over, wherever they came from. */
const MAX_FAILURES = 5;

/** What the client gets: the password, or the mailed link, was right; the code is still to come. */
export type OpenedChallenge = { token: string; expiresAt: Date };

/** Opens a challenge; `byLink` when a mailed link was followed instead of a password. For the system role. */
export async function openChallenge(
  tx: EntityManager,
  { userId, accountId, byLink, at }: { userId: string; accountId: string | null; byLink: boolean; at: Date },
): Promise<OpenedChallenge> {
  const { secret, hash } = newLinkSecret();
  const expiresAt = new Date(at.getTime() + CHALLENGE_MS);
  await tx.insert(ChallengeTable, { id: newId(), hash, userId, accountId, byLink, failures: 0, expiresAt });
  return { token: secret, expiresAt };
}

export type Challenge = { id: string; userId: string; email: string; accountId: string | null; byLink: boolean };

const GOOD = `
  select ${columnsOf(ChallengeTable, 'c', ['id', 'userId', 'accountId', 'byLink'])}, u.email
  from login_challenge c join app_user u on u.id = c.user_id and u.status = 'ACTIVE'
  where c.hash = $1 and c.used_at is null and c.expires_at > $2 and c.failures < ${MAX_FAILURES}`;

/** The challenge of a token; null unless it is good now. For the system role. */
export async function findChallenge(tx: EntityManager, hash: string, at: Date): Promise<Challenge | null> {
  return (await tx.query(GOOD, [hash, at]))[0] ?? null;
}

/** As `findChallenge`, and no one else uses it meanwhile. */
export async function lockChallenge(tx: EntityManager, hash: string, at: Date): Promise<Challenge | null> {
  return (await tx.query(`${GOOD} for update of c`, [hash, at]))[0] ?? null;
}

export async function saveChallengeUsed(tx: EntityManager, id: string, at: Date): Promise<void> {
  await tx.update(ChallengeTable, { id }, { usedAt: at });
}

export async function countWrongCode(tx: EntityManager, id: string): Promise<void> {
  await tx.increment(ChallengeTable, { id }, 'failures', 1);
}
