import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager } from 'typeorm';
import { type ConversionRow, type ConversionStatus, ConversionTable } from './conversionTables.ts';

/** Row-level security decides which of them exist for this viewer, here and below. */
export async function loadConversions(tx: EntityManager, ids: readonly string[]): Promise<ConversionRow[]> {
  return await tx.findBy(ConversionTable, { id: Any([...ids]) });
}

const CONVERSION = `c.id, c.account_id as "accountId", c.status, c.message, c.reason, c.requested_by as "requestedBy", c.requested_at as "requestedAt",
  c.answered_by as "answeredBy", c.answered_at as "answeredAt"`;

/** One page per account of its requests, newest first. */
export async function loadConversionPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
): Promise<ConversionRow[]> {
  const [requestedAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select found.* from unnest($1::uuid[]) as account (id)
     cross join lateral (
       select ${CONVERSION} from partner_conversion c
       where c.account_id = account.id and ($2::timestamptz is null or (c.requested_at, c.id) < ($2, $3::uuid))
       order by c.requested_at desc, c.id desc
       limit $4
     ) as found`,
    [accountIds, requestedAt, id, page.first + 1],
  );
}

/** One page of all requests that the viewer may see, newest first. */
export async function loadConversionPage(
  tx: EntityManager,
  page: Page,
  status: ConversionStatus | null,
): Promise<ConversionRow[]> {
  const [requestedAt, id] = page.after ?? [null, null];
  return await tx.query(
    `select ${CONVERSION} from partner_conversion c
     where ($1::text is null or c.status = $1) and ($2::timestamptz is null or (c.requested_at, c.id) < ($2, $3::uuid))
     order by c.requested_at desc, c.id desc
     limit $4`,
    [status, requestedAt, id, page.first + 1],
  );
}

/** Locks a request for its answer; null when it is not there for this viewer. */
export async function lockConversion(tx: EntityManager, id: string): Promise<ConversionRow | null> {
  return await tx
    .createQueryBuilder(ConversionTable, 'conversion')
    .setLock('pessimistic_write')
    .where('conversion.id = :id', { id })
    .getOne();
}

/** The request of an account that waits, of which the database allows one; null when there is none. */
export async function findWaiting(tx: EntityManager, accountId: string): Promise<ConversionRow | null> {
  return await tx.findOneBy(ConversionTable, { accountId, status: 'REQUESTED' });
}

export async function addConversion(tx: EntityManager, conversion: ConversionRow): Promise<void> {
  await tx.createQueryBuilder().insert().into(ConversionTable).values(conversion).updateEntity(false).execute();
}

export async function saveAnswer(
  tx: EntityManager,
  { id, status, reason, answeredBy, answeredAt }: ConversionRow,
): Promise<void> {
  await tx.update(ConversionTable, { id }, { status, reason, answeredBy, answeredAt });
}

/** The conversion of an account answers the request that waits, if one does. */
export async function saveConverted(
  tx: EntityManager,
  accountId: string,
  { by, at }: { by: string; at: Date },
): Promise<void> {
  await tx.update(
    ConversionTable,
    { accountId, status: 'REQUESTED' },
    { status: 'CONVERTED', answeredBy: by, answeredAt: at },
  );
}
