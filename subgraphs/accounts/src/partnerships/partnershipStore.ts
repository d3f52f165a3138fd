import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { Any, type EntityManager, In } from 'typeorm';
import { type PartnershipRow, type PartnershipStatus, PartnershipTable } from './partnershipTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadPartnerships(tx: EntityManager, ids: readonly string[]): Promise<PartnershipRow[]> {
  return await tx.findBy(PartnershipTable, { id: Any([...ids]) });
}

export type SidedPartnershipRow = PartnershipRow & { side: string };

const OF_EITHER_SIDE: KeysetList = {
  select: `owner.id as side, ${columnsOf(PartnershipTable, 'p')}`,
  from: 'partnership p',
  where: '(p.partner_id = owner.id or p.client_id = owner.id) and ($1::text is null or p.status = $1)',
  keys: [
    { by: 'p.requested_at', kind: 'instant' },
    { by: 'p.id', kind: 'id' },
  ],
  descending: true,
};

/** One page per account of the partnerships it has on either side, newest first. */
export async function loadPartnershipPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  { status }: { status: PartnershipStatus | null },
): Promise<SidedPartnershipRow[]> {
  return await loadKeysetPages(tx, OF_EITHER_SIDE, { owners: accountIds, page, values: [status] });
}

/** Locks a partnership for a decision about it; null when it is not there for this viewer. */
export async function lockPartnership(tx: EntityManager, id: string): Promise<PartnershipRow | null> {
  return await lockRow(tx, PartnershipTable, { id });
}

/** The partnership of the pair that is waiting or active, of which the database allows one; null when there is none. */
export async function findCurrent(
  tx: EntityManager,
  partnerId: string,
  clientId: string,
): Promise<PartnershipRow | null> {
  return await tx.findOneBy(PartnershipTable, { partnerId, clientId, status: In(['REQUESTED', 'ACTIVE']) });
}

/** Adds a request. False when somebody else added one for the same pair a moment ago: look again with `findCurrent`. */
export async function addRequest(tx: EntityManager, partnership: PartnershipRow): Promise<boolean> {
  const { raw } = await tx
    .createQueryBuilder()
    .insert()
    .into(PartnershipTable)
    .values(partnership)
    .orIgnore()
    .updateEntity(false)
    .returning('id')
    .execute();
  return raw.length === 1;
}

/** Writes a step of the state machine. A trigger brings `access.reach` in line in the same commit. */
export async function saveStep(tx: EntityManager, { id, ...changed }: PartnershipRow): Promise<void> {
  await tx.update(PartnershipTable, { id }, changed);
}

export type PartnershipNotice =
  | 'PARTNERSHIP_REQUESTED'
  | 'PARTNERSHIP_ACCEPTED'
  | 'PARTNERSHIP_REFUSED'
  | 'PARTNERSHIP_ENDED';

/** Has the people of one side told, after the commit, once. */
export async function tell(
  tx: EntityManager,
  accountId: string,
  notice: PartnershipNotice,
  partnership: PartnershipRow,
): Promise<void> {
  await enqueue(tx, 'accounts', {
    queue: 'notice',
    id: newId(),
    payload: { accountId, notice, partnershipId: partnership.id },
  });
}
