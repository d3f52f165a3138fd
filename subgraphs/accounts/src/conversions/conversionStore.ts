import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager } from 'typeorm';
import { type ConversionRow, type ConversionStatus, ConversionTable } from './conversionTables.ts';

/** Row-level security decides which of them exist for this viewer, here and below. */
export async function loadConversions(tx: EntityManager, ids: readonly string[]): Promise<ConversionRow[]> {
  return await tx.findBy(ConversionTable, { id: Any([...ids]) });
}

const NEWEST_FIRST = {
  select: columnsOf(ConversionTable, 'c'),
  from: 'partner_conversion c',
  keys: [
    { by: 'c.requested_at', kind: 'instant' },
    { by: 'c.id', kind: 'id' },
  ],
  descending: true,
} as const;
const OF_ACCOUNT: KeysetList = { ...NEWEST_FIRST, where: 'c.account_id = owner.id' };
const ALL: KeysetList = { ...NEWEST_FIRST, where: '$1::text is null or c.status = $1' };

/** One page per account of its requests, newest first. */
export async function loadConversionPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
): Promise<ConversionRow[]> {
  return await loadKeysetPages(tx, OF_ACCOUNT, { owners: accountIds, page });
}

/** One page of all requests that the viewer may see, newest first. */
export async function loadConversionPage(
  tx: EntityManager,
  page: Page,
  status: ConversionStatus | null,
): Promise<ConversionRow[]> {
  return await loadKeysetPages(tx, ALL, { page, values: [status] });
}

/** Locks a request for its answer; null when it is not there for this viewer. */
export async function lockConversion(tx: EntityManager, id: string): Promise<ConversionRow | null> {
  return await lockRow(tx, ConversionTable, { id });
}

/** The request of an account that waits, of which the database allows one; null when there is none. */
export async function findWaiting(tx: EntityManager, accountId: string): Promise<ConversionRow | null> {
  return await tx.findOneBy(ConversionTable, { accountId, status: 'REQUESTED' });
}

export async function addConversion(tx: EntityManager, conversion: ConversionRow): Promise<void> {
  await tx.insert(ConversionTable, conversion);
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
