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

/** One page per account of the partnerships it has on either side, newest first. */
export async function loadPartnershipPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  { status }: { status: PartnershipStatus | null },
): Promise<SidedPartnershipRow[]> {
  const [requestedAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select account.id as side, found.*
     from unnest($1::uuid[]) as account (id)
     cross join lateral (
       select p.id, p.partner_id as "partnerId", p.client_id as "clientId", p.status, p.asked_areas as "askedAreas",
              p.granted_areas as "grantedAreas", p.message, p.second_factor_required as "secondFactorRequired", p.requested_by as "requestedBy", p.requested_at as "requestedAt",
              p.answered_by as "answeredBy", p.answered_at as "answeredAt", p.ended_by as "endedBy", p.ended_at as "endedAt"
       from partnership p
       where (p.partner_id = account.id or p.client_id = account.id)
         and ($2::text is null or p.status = $2)
         and ($3::timestamptz is null or (p.requested_at, p.id) < ($3, $4::uuid))
       order by p.requested_at desc, p.id desc
       limit $5
     ) as found`,
    [accountIds, status, requestedAt, id, page.first + 1],
  );
}

/** Locks a partnership for a decision about it; null when it is not there for this viewer. */
export async function lockPartnership(tx: EntityManager, id: string): Promise<PartnershipRow | null> {
  return await tx
    .createQueryBuilder(PartnershipTable, 'partnership')
    .setLock('pessimistic_write')
    .where('partnership.id = :id', { id })
    .getOne();
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
