import { newId } from '@comptoir/shared/values/uuid.ts';
import type { AreaText } from '@comptoir/shared/viewer/areas.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';
import { type EntityManager, IsNull } from 'typeorm';
import { type Language, type MembershipRow, MembershipTable, UserTable } from './userTables.ts';

export type NewPerson = {
  id?: string;
  /** As `readEmail` gives it. */
  email: string;
  /** The part before the @ when left out. */
  displayName?: string;
  language: Language;
  /** From `hashPassword`; null for a person who gets in by a mailed link only. */
  passwordHash: string | null;
  verified: boolean;
  createdAt: Date;
};

/**
 * Adds a person and gives their id; null when the e-mail has a login already, which is then left as it is. For the
 * system role.
 */
export async function createPerson(tx: EntityManager, person: NewPerson): Promise<string | null> {
  const {
    id = newId(),
    email,
    displayName = email.slice(0, email.lastIndexOf('@')),
    language,
    passwordHash,
    verified,
    createdAt,
  } = person;
  const added = await tx.query(
    `insert into app_user (id, email, display_name, language, password_hash, verified, status, created_at)
     values ($1, $2, $3, $4, $5, $6, 'ACTIVE', $7) on conflict (email) do nothing returning id`,
    [id, email, displayName, language, passwordHash, verified, createdAt],
  );
  return added.length === 1 ? id : null;
}

/** Returns a person who was invited, and has no login yet, one; null when there is none such. For the system role. */
export async function adoptInvited(
  tx: EntityManager,
  { email, language, passwordHash }: { email: string; language: Language; passwordHash: string },
): Promise<string | null> {
  const { raw } = await tx
    .createQueryBuilder()
    .update(UserTable)
    .set({ passwordHash, language, verified: true })
    .where({ email, passwordHash: IsNull(), status: 'ACTIVE' })
    .returning(['id'])
    .execute();
  return raw[0]?.id ?? null;
}

export type NewMembership = {
  id?: string;
  userId: string;
  accountId: string;
  type: MembershipRow['type'];
  role: Role;
  areas: readonly AreaText[];
  accountReady: boolean;
  createdAt: Date;
};

/**
 * Adds a person to an account, active, without limits of network, and gives the membership's id; that of the one that
 * is there already, unchanged. For the system role.
 */
export async function createMembership(tx: EntityManager, membership: NewMembership): Promise<string> {
  const { id = newId(), userId, accountId, type, role, areas, accountReady, createdAt } = membership;
  await tx.query(
    `insert into membership (id, user_id, account_id, type, role, areas, networks, status, account_ready, accepted_at, created_at)
     values ($1, $2, $3, $4, $5, $6, '{}', 'ACTIVE', $7, $8, $8) on conflict (user_id, account_id) do nothing`,
    [id, userId, accountId, type, role, areas, accountReady, createdAt],
  );
  return (await tx.findOneByOrFail(MembershipTable, { userId, accountId })).id;
}
