import { pipelineQueries, type Statement } from '@comptoir/shared/database/pipeline.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { Any, type EntityManager } from 'typeorm';
import type { Lot } from '../books/lots/allocate.ts';
import { lockWalletsOf } from '../books/wallets/walletStore.ts';
import type { ChargeRequest, NewCharge, PayingWallet } from './charge.ts';
import { type ChargeLotRow, type ChargeRow, ChargeTable } from './chargeTables.ts';
import { type CounterRow, keysWithBudget, leftOf, lockCounters } from './keyBudgetStore.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadCharges(tx: EntityManager, eventIds: readonly string[]): Promise<ChargeRow[]> {
  return await tx.findBy(ChargeTable, { eventId: Any([...eventIds]) });
}

/**
 * Each lot that paid of a charge, with what it paid, the first one first; none where the viewer may not see the payer's
 * lots.
 */
export async function loadChargeLots(tx: EntityManager, eventIds: readonly string[]): Promise<ChargeLotRow[]> {
  return await tx.query(
    `select paid.event_id as "eventId", paid.lot_id as "lotId", paid.credits
     from (
       select event_id, lot_id, lot_credits as credits, 0 as place from charge where event_id = any($1)
       union all
       select event_id, lot_id, credits, 1 from charge_further_lot where event_id = any($1)
     ) as paid
     where (select true from lot where lot.id = paid.lot_id)
     order by paid.event_id, paid.place, paid.lot_id`,
    [eventIds],
  );
}

/** The lots with credit of the wallets that `lockWalletsOf` locks. */
const LOTS = `
  select lot.id, lot.wallet_id as "walletId", lot.source, lot.priority, lot.granted_at as "grantedAt", lot.expires_at as "expiresAt", lot.seq, lot.remaining
  from wallet join lot on lot.wallet_id = wallet.id
  where wallet.account_id = any($1) and wallet.kind = $2 and lot.remaining > 0`;

const CHARGED = 'select event_id as id from charge where event_id = any($1)';

/**
 * Locks the payers' TRACKER wallets, and then the counters of keys with a budget; reads, behind the locks and in the
 * same go, what no one else changes until the commit: the wallets' lots, what each key has left, and which of the
 * events were charged before. A payer without a wallet is left out.
 */
export async function lockPayers(
  tx: EntityManager,
  requests: readonly ChargeRequest[],
): Promise<{ wallets: PayingWallet[]; budgets: Map<string, bigint>; charged: Set<string> }> {
  const payerIds = [...new Set(requests.map(({ payerId }) => payerId))];
  const eventIds = [...new Set(requests.map(({ eventId }) => eventId))];
  const keys = keysWithBudget(requests);
  const [wallets, lots, charged, , counters] = (await pipelineQueries(tx, [
    lockWalletsOf(payerIds, 'TRACKER'),
    { sql: LOTS, values: [payerIds, 'TRACKER'] },
    { sql: CHARGED, values: [eventIds] },
    ...lockCounters(keys),
  ])) as [
    Omit<PayingWallet, 'lots'>[],
    (Lot & { walletId: string })[],
    { id: string }[],
    unknown,
    CounterRow[] | undefined,
  ];
  const lotsOf = Map.groupBy(lots, ({ walletId }) => walletId);
  return {
    wallets: wallets.map((wallet) => ({ ...wallet, lots: lotsOf.get(wallet.id) ?? [] })),
    budgets: leftOf(keys, counters ?? []),
    charged: new Set(charged.map(({ id }) => id)),
  };
}

/**
 * One statement, whatever the number of charges. Balances and lots move by what the entries say. Charges go in by event
 * id, after all locks on wallets, so that two calls with the same events never wait for each other in a circle.
 */
const BOOK = `
  with wallet_part as (
    select * from json_to_recordset($1) as p (
      "entryId" uuid, "bookEntryId" uuid, "transactionId" uuid, "walletId" uuid, "lotId" uuid, credits bigint)
  ), new_charge as (
    select * from json_to_recordset($2) as c (
      "eventId" uuid, "transactionId" uuid, "lotId" uuid, "walletId" uuid, "payerId" uuid, "ownerId" uuid, "trackerId" uuid,
      credits bigint, "lotCredits" bigint, "occurredAt" timestamptz, "keyId" uuid)
  ), transactions as (
    insert into ledger_transaction (id, type, booked_at, cause)
    select distinct "transactionId", 'CHARGE', $4::timestamptz, $5::jsonb from wallet_part
  ), entries as (
    insert into ledger_entry (id, transaction_id, booked_at, wallet_id, book, lot_id, kind, amount)
    select "entryId", "transactionId", $4, "walletId", null, "lotId", 'TRACKER', -credits from wallet_part
    union all
    select "bookEntryId", "transactionId", $4, null, 'consumed:TRACKER', null, 'TRACKER', credits from wallet_part
  ), lots as (
    update lot set remaining = lot.remaining - p.credits from wallet_part p where lot.id = p."lotId"
  ), wallets as (
    update wallet set balance = wallet.balance - p.credits
    from (select "walletId", sum(credits)::bigint as credits from wallet_part group by "walletId") as p
    where wallet.id = p."walletId"
  ), hours as (
    insert into wallet_hour as known (wallet_id, hour, credits)
    select "walletId", date_trunc('hour', $4::timestamptz, 'UTC'), sum(credits)::bigint from wallet_part group by "walletId"
    on conflict (wallet_id, hour) do update set credits = known.credits + excluded.credits
  ), charges as (
    insert into charge (event_id, transaction_id, lot_id, wallet_id, payer_id, owner_id, tracker_id, credits, lot_credits, occurred_at, booked_at, key_id)
    select "eventId", "transactionId", "lotId", "walletId", "payerId", "ownerId", "trackerId", credits, "lotCredits", "occurredAt", $4, "keyId"
    from new_charge order by "eventId"
  )
  insert into charge_further_lot (event_id, lot_id, credits)
  select f."eventId", f."lotId", f.credits from json_to_recordset($3) as f ("eventId" uuid, "lotId" uuid, credits bigint)`;

/** True for the error of `bookCharges` which says that another call has charged one of the events meanwhile. */
export const isChargedMeanwhile = (error: unknown): boolean => {
  const { code, constraint } = error as { code?: string; constraint?: string };
  return code === '23505' && constraint === 'charge_pkey';
};

/**
 * Books charges: one ledger transaction per wallet, one pair of entries per lot. Takes wallets that `lockPayers`
 * locked, in its transaction. Fails when another call has charged one of the events meanwhile.
 */
export function bookCharges(
  charges: readonly NewCharge[],
  { now, requestId }: { now: Date; requestId: string },
): Statement {
  const transactionOf = new Map<string, string>();
  const spent = new Map<string, { walletId: string; credits: bigint }>();
  for (const { walletId, parts } of charges) {
    if (!transactionOf.has(walletId)) transactionOf.set(walletId, newId());
    for (const { lotId, credits } of parts)
      spent.set(lotId, { walletId, credits: (spent.get(lotId)?.credits ?? 0n) + credits });
  }
  const walletParts = [...spent].map(([lotId, { walletId, credits }]) => ({
    entryId: newId(),
    bookEntryId: newId(),
    transactionId: transactionOf.get(walletId),
    walletId,
    lotId,
    credits,
  }));
  const newCharges = charges.map(({ parts: [first], key, ...charge }) => ({
    ...charge,
    keyId: key?.id ?? null,
    transactionId: transactionOf.get(charge.walletId),
    lotId: first?.lotId,
    lotCredits: first?.credits,
  }));
  const furtherLots = charges.flatMap(({ eventId, parts }) => parts.slice(1).map((part) => ({ eventId, ...part })));

  return { sql: BOOK, values: [toJson(walletParts), toJson(newCharges), toJson(furtherLots), now, { requestId }] };
}

/** Amounts travel as text, so that none is rounded on its way. */
const toJson = (rows: unknown[]): string =>
  JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
