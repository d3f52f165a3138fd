import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { notify } from '../../base/notify.ts';
import { cardText } from '../payments/paymentNotices.ts';
import { BillingProfileTable } from '../profiles/profileTables.ts';

/** How long before a card's last day its owner is told. */
const DAYS_BEFORE = 30;
const MAX_PER_ROUND = 100;

/** Tells, once per card, whose card ends within 30 days. A card is good to the end of its month. */
export const expiringCards: Round = {
  title: 'owners of cards told that they expire',
  run: (work, requestId) => work.system(requestId, (tx) => tellExpiring(tx, work.clock.now())),
};

type Expiring = { accountId: string; brand: string; lastFour: string; lastDay: string };

async function tellExpiring(tx: EntityManager, now: Date): Promise<number> {
  const until = new Date(now.getTime() + DAYS_BEFORE * 86_400_000);
  const rows: [Expiring[], number] = await tx.query(
    `update billing_profile p set card_told_at = $1
     from (
       select id from billing_profile
       where card_method is not null and card_told_at is null and (card_expiry_year, card_expiry_month) <= ($2, $3)
       limit ${MAX_PER_ROUND} for no key update skip locked
     ) expiring
     where p.id = expiring.id
     returning ${columnsOf(BillingProfileTable, 'p', ['accountId', 'brand', 'lastFour'])},
       (make_date(p.card_expiry_year, p.card_expiry_month, 1) + interval '1 month - 1 day')::date::text as "lastDay"`,
    [now, ...lastMonthBefore(until)],
  );
  for (const { accountId, lastDay, ...card } of rows[0]) {
    const params = { card: cardText(card), day: lastDay };
    await notify(tx, { id: newId(), accountId, kind: 'CARD_EXPIRES_SOON', params });
  }
  return rows[0].length;
}

/** The last month that is over by then: year and month. */
function lastMonthBefore(instant: Date): [number, number] {
  const month = Temporal.Instant.fromEpochMilliseconds(instant.getTime())
    .toZonedDateTimeISO('UTC')
    .toPlainDate()
    .toPlainYearMonth()
    .subtract({ months: 1 });
  return [month.year, month.month];
}
