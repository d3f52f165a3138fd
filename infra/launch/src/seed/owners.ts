import { hashPassword } from '@comptoir/identity/passwords/passwordHash.ts';
import { createMembership, createPerson } from '@comptoir/identity/people/newPeople.ts';
import { entities } from '@comptoir/identity/tables.ts';
import { openDatabase } from '@comptoir/shared/database/database.ts';
import { inTransaction } from '@comptoir/shared/database/transaction.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { ALL_AREAS, AREAS, type AreaText } from '@comptoir/shared/viewer/areas.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';

export type NewOwner = {
  email: string;
  displayName: string;
  accountId: string;
  role: Extract<Role, 'OWNER' | 'STAFF'>;
};

const EVERY_AREA: AreaText[] = AREAS.map((area) => `${area}:WRITE` as const);

/**
 * Adds people with one password and makes each an owner, or staff, of an account: past sign-up and mail, by identity's
 * second role. For seeds only. Returns the viewer that each of them would be.
 */
export async function addOwners(
  systemUrl: string,
  password: string,
  owners: readonly NewOwner[],
): Promise<PersonViewer[]> {
  const database = await openDatabase({
    url: systemUrl,
    name: 'seed',
    entities,
    poolSize: 1,
    waitMs: 30_000,
    log: createLog('seed', { level: 'warn' }),
  });
  const createdAt = new Date();
  try {
    const passwordHash = await hashPassword(password);
    const viewer = { kind: 'SERVICE', service: 'identity', requestId: newId(), address: null } as const;
    return await inTransaction(database, { viewer, now: createdAt }, async (tx) => {
      const viewers: PersonViewer[] = [];
      for (const { email, displayName, accountId, role } of owners) {
        const userId = await createPerson(tx, {
          email,
          displayName,
          language: 'FR',
          passwordHash,
          verified: true,
          createdAt,
        });
        if (userId === null) throw new Error(`${email} has a login already.`);
        const membershipId = await createMembership(tx, {
          userId,
          accountId,
          type: 'CONTACT',
          role,
          areas: EVERY_AREA,
          accountReady: true,
          createdAt,
        });
        viewers.push({
          kind: 'PERSON',
          userId,
          accountId,
          membershipId,
          sessionId: newId(),
          role,
          areas: ALL_AREAS,
          requestId: newId(),
          address: '127.0.0.1',
          networks: [],
        });
      }
      return viewers;
    });
  } finally {
    await database.destroy();
  }
}
