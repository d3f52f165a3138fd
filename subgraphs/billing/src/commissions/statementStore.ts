import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { notify } from '../base/notify.ts';
import { formatMinor } from '../books/money/money.ts';
import { holdMonths } from './commissionStore.ts';
import type { CommissionLineRow, CommissionStatementRow } from './commissionTables.ts';

type Raw<Row> = { [Field in keyof Row]: Row[Field] extends bigint ? string : Row[Field] };

const STATEMENT = `s.id, s.partner_id as "partnerId", s.currency, s.month, s.earned, s.reversed, s.lines, s.closed_at as "closedAt"`;
const readStatement = (row: Raw<CommissionStatementRow>): CommissionStatementRow => ({
  ...row,
  earned: BigInt(row.earned),
  reversed: BigInt(row.reversed),
});

export type OpenMonth = { partnerId: string; currency: string; month: string };

/** The first months that have ended with something on them and have no statement yet: the earliest first. For the system role. */
export async function findOpenMonths(tx: EntityManager, current: string, most: number): Promise<OpenMonth[]> {
  return await tx.query(
    `select l.partner_id as "partnerId", l.currency, l.month
     from commission_line l
     where l.month < $1
       and not exists (select from commission_statement s where s.partner_id = l.partner_id and s.currency = l.currency and s.month = l.month)
     group by l.month, l.partner_id, l.currency
     order by l.month, l.partner_id, l.currency limit $2`,
    [current, most],
  );
}

/**
 * Closes a month of a partner: adds up what stands on it and tells the partner, once. Nothing of the partner is booked meanwhile, and what comes later stands on the next
 * month (`monthToBook`). Null when it is closed already.
 */
export async function closeMonth(
  tx: EntityManager,
  { partnerId, currency, month }: OpenMonth,
  now: Date,
): Promise<CommissionStatementRow | null> {
  await holdMonths(tx, partnerId);
  const rows: Raw<CommissionStatementRow>[] = await tx.query(
    `insert into commission_statement as s (id, partner_id, currency, month, earned, reversed, lines, closed_at)
     select $1, $2, $3, $4, coalesce(sum(amount) filter (where kind = 'EARNED'), 0), coalesce(-sum(amount) filter (where kind = 'REVERSED'), 0), count(*), $5
     from commission_line where partner_id = $2 and currency = $3 and month = $4
     having count(*) > 0
     on conflict do nothing
     returning ${STATEMENT}`,
    [newId(), partnerId, currency, month, now],
  );
  const statement = rows[0] === undefined ? null : readStatement(rows[0]);
  if (statement === null) return null;
  const total = formatMinor({ minor: statement.earned - statement.reversed, currency });
  await notify(tx, {
    id: statement.id,
    accountId: partnerId,
    kind: 'COMMISSION_STATEMENT',
    params: { amount: `${total} ${currency}`, day: month },
  });
  return statement;
}

/** One page per partner of its statements, the newest month first. Row-level security decides which of them exist for this viewer, here and below. */
export async function loadStatementPages(
  tx: EntityManager,
  partnerIds: readonly string[],
  page: Page,
): Promise<CommissionStatementRow[]> {
  const [month, id] = page.after ?? [null, null];
  const rows: Raw<CommissionStatementRow>[] = await tx.query(
    `select found.* from unnest($1::uuid[]) as wanted (id)
     cross join lateral (
       select ${STATEMENT} from commission_statement s
       where s.partner_id = wanted.id and ($2::text is null or (s.month, s.id) < ($2, $3::uuid))
       order by s.month desc, s.id desc limit $4
     ) as found`,
    [partnerIds, month, id, page.first + 1],
  );
  return rows.map(readStatement);
}

/** A line with the statement that it was asked for: `key` is what the loader goes by. */
export type FoundLine = CommissionLineRow & { key: string };

const LINE = `l.id, l.kind, l.partner_id as "partnerId", l.client_id as "clientId", l.currency, l.net, l.basis_points as "basisPoints", l.amount,
  l.month, l.booked_at as "bookedAt"`;
const readLine = (row: Raw<FoundLine>): FoundLine => ({ ...row, net: BigInt(row.net), amount: BigInt(row.amount) });

/** One page per statement of what stands on it, newest first. */
export async function loadLinePages(
  tx: EntityManager,
  statementIds: readonly string[],
  page: Page,
): Promise<FoundLine[]> {
  const [bookedAt, id] = page.after ?? [null, null];
  const rows: Raw<FoundLine>[] = await tx.query(
    `select s.id as key, found.* from unnest($1::uuid[]) as wanted (id)
     join commission_statement s on s.id = wanted.id
     cross join lateral (
       select ${LINE} from commission_line l
       where l.month = s.month and l.partner_id = s.partner_id and l.currency = s.currency
         and ($2::timestamptz is null or (l.booked_at, l.id) < ($2, $3::uuid))
       order by l.booked_at desc, l.id desc limit $4
     ) as found
     order by found."bookedAt" desc, found.id desc`,
    [statementIds, bookedAt, id, page.first + 1],
  );
  return rows.map(readLine);
}

/** One page per partner of all that was earned and taken back, newest first; also of the months that are open. */
export async function loadPartnerLinePages(
  tx: EntityManager,
  partnerIds: readonly string[],
  page: Page,
): Promise<FoundLine[]> {
  const [bookedAt, id] = page.after ?? [null, null];
  const rows: Raw<FoundLine>[] = await tx.query(
    `select wanted.id as key, found.* from unnest($1::uuid[]) as wanted (id)
     cross join lateral (
       select ${LINE} from commission_line l
       where l.partner_id = wanted.id and ($2::timestamptz is null or (l.booked_at, l.id) < ($2, $3::uuid))
       order by l.booked_at desc, l.id desc limit $4
     ) as found
     order by found."bookedAt" desc, found.id desc`,
    [partnerIds, bookedAt, id, page.first + 1],
  );
  return rows.map(readLine);
}

/** What is owed to each partner in each currency now: what it earned, less what was taken back and what was paid out. */
export async function loadOwed(
  tx: EntityManager,
  partnerIds: readonly string[],
): Promise<{ partnerId: string; currency: string; minor: bigint }[]> {
  const rows: { partnerId: string; currency: string; minor: string }[] = await tx.query(
    `select partner_id as "partnerId", currency, sum(amount)::text as minor
     from (
       select partner_id, currency, amount from commission_line where partner_id = any($1)
       union all
       select partner_id, currency, -amount from commission_payout where partner_id = any($1) and state = 'PAID'
     ) as booked
     group by partner_id, currency order by partner_id, currency`,
    [partnerIds],
  );
  return rows.map((row) => ({ ...row, minor: BigInt(row.minor) }));
}
