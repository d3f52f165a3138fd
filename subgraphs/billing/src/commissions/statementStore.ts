import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { notify } from '../base/notify.ts';
import { formatMinor } from '../books/money/money.ts';
import { holdMonths } from './commissionStore.ts';
import {
  type CommissionLineRow,
  CommissionLineTable,
  type CommissionStatementRow,
  CommissionStatementTable,
} from './commissionTables.ts';

export type OpenMonth = { partnerId: string; currency: string; month: string };

/**
 * The first months that have ended with something on them and have no statement yet: the earliest first. For the system
 * role.
 */
export async function findOpenMonths(tx: EntityManager, current: string, most: number): Promise<OpenMonth[]> {
  return await tx.query(
    `select ${columnsOf(CommissionLineTable, 'l', ['partnerId', 'currency', 'month'])}
     from commission_line l
     where l.month < $1
       and not exists (select from commission_statement s where s.partner_id = l.partner_id and s.currency = l.currency and s.month = l.month)
     group by l.month, l.partner_id, l.currency
     order by l.month, l.partner_id, l.currency limit $2`,
    [current, most],
  );
}

/**
 * Closes a month of a partner: adds up what stands on it and tells the partner, once. Nothing of the partner is booked
 * meanwhile, and what comes later stands on the next month (`monthToBook`). Null when it is closed already.
 */
export async function closeMonth(
  tx: EntityManager,
  { partnerId, currency, month }: OpenMonth,
  now: Date,
): Promise<CommissionStatementRow | null> {
  await holdMonths(tx, partnerId);
  const [statement]: CommissionStatementRow[] = await tx.query(
    `insert into commission_statement as s (id, partner_id, currency, month, earned, reversed, lines, closed_at)
     select $1, $2, $3, $4, coalesce(sum(amount) filter (where kind = 'EARNED'), 0), coalesce(-sum(amount) filter (where kind = 'REVERSED'), 0), count(*), $5
     from commission_line where partner_id = $2 and currency = $3 and month = $4
     having count(*) > 0
     on conflict do nothing
     returning ${columnsOf(CommissionStatementTable, 's')}`,
    [newId(), partnerId, currency, month, now],
  );
  if (statement === undefined) return null;
  const total = formatMinor({ minor: statement.earned - statement.reversed, currency });
  await notify(tx, {
    id: statement.id,
    accountId: partnerId,
    kind: 'COMMISSION_STATEMENT',
    params: { amount: `${total} ${currency}`, day: month },
  });
  return statement;
}

const STATEMENTS: KeysetList = {
  select: columnsOf(CommissionStatementTable, 's'),
  from: 'commission_statement s',
  where: 's.partner_id = owner.id',
  keys: [
    { by: 's.month', kind: 'text' },
    { by: 's.id', kind: 'id' },
  ],
  descending: true,
};

/**
 * One page per partner of its statements, the newest month first. Row-level security decides which of them exist for
 * this viewer, here and below.
 */
export const loadStatementPages = (
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
): Promise<CommissionStatementRow[]> => loadKeysetPages(tx, STATEMENTS, { owners, page });

/** A line with the statement or the partner that it was asked for: `key` is what the loader goes by. */
export type FoundLine = CommissionLineRow & { key: string };

const LINES_OF_PARTNER: KeysetList = {
  select: `owner.id as key, ${columnsOf(CommissionLineTable, 'l')}`,
  from: 'commission_line l',
  where: 'l.partner_id = owner.id',
  keys: [
    { by: 'l.booked_at', kind: 'instant' },
    { by: 'l.id', kind: 'id' },
  ],
  descending: true,
};

/** A line has no id of its statement; one lookup of the statement finds the place of its lines in their index. */
const LINES_OF_STATEMENT: KeysetList = {
  ...LINES_OF_PARTNER,
  where: `(l.month, l.partner_id, l.currency) =
    (select s.month, s.partner_id, s.currency from commission_statement s where s.id = owner.id)`,
};

/** One page per statement of what stands on it, newest first. */
export const loadLinePages = (tx: EntityManager, owners: readonly string[], page: Page): Promise<FoundLine[]> =>
  loadKeysetPages(tx, LINES_OF_STATEMENT, { owners, page });

/** One page per partner of all that was earned and taken back, newest first; also of the months that are open. */
export const loadPartnerLinePages = (tx: EntityManager, owners: readonly string[], page: Page): Promise<FoundLine[]> =>
  loadKeysetPages(tx, LINES_OF_PARTNER, { owners, page });

/**
 * What is owed to each partner in each currency now: what it earned, less what was taken back and what was paid out.
 */
export async function loadOwed(
  tx: EntityManager,
  partnerIds: readonly string[],
): Promise<{ partnerId: string; currency: string; minor: bigint }[]> {
  return await tx.query(
    `select ${columnsOf(CommissionLineTable, 'booked', ['partnerId', 'currency'])}, sum(amount)::bigint as minor
     from (
       select partner_id, currency, amount from commission_line where partner_id = any($1)
       union all
       select partner_id, currency, -amount from commission_payout where partner_id = any($1) and state = 'PAID'
     ) as booked
     group by partner_id, currency order by partner_id, currency`,
    [partnerIds],
  );
}
