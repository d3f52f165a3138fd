import { newId } from '@comptoir/shared/uuid.ts';
import { Any, type EntityManager } from 'typeorm';
import { loadLotsWithCredit, lockWallets } from '../credits/walletStore.ts';
import type { NewCharge, PayingWallet } from './charge.ts';
import { type ChargeLotRow, type ChargeRow, ChargeTable } from './chargeTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadCharges(tx: EntityManager, eventIds: readonly string[]): Promise<ChargeRow[]> {
  return await tx.findBy(ChargeTable, { eventId: Any([...eventIds]) });
}

/** Each lot that paid of a charge, with what it paid, the first one first; none where the viewer may not see the payer's lots. */
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

/** Locks the payers' TRACKER wallets and reads their lots, which nobody else changes until the commit. A payer without one is left out. */
export async function lockPayingWallets(tx: EntityManager, payerIds: readonly string[]): Promise<PayingWallet[]> {
  const wallets = await lockWallets(tx, payerIds, 'TRACKER');
  const lots = await loadLotsWithCredit(
    tx,
    wallets.map(({ id }) => id),
  );
  const lotsOf = Map.groupBy(lots, (lot) => lot.walletId);
  return wallets.map((wallet) => ({ ...wallet, lots: lotsOf.get(wallet.id) ?? [] }));
}

/** Which of the events were charged before. */
export async function findCharged(tx: EntityManager, eventIds: readonly string[]): Promise<Set<string>> {
  const rows: { id: string }[] = await tx.query('select event_id as id from charge where event_id = any($1)', [
    eventIds,
  ]);
  return new Set(rows.map(({ id }) => id));
}

/**
 * One statement, whatever the number of charges. Balances and lots move by what the entries say. Charges go in by event id, after all locks on
 * wallets, so that two calls with the same events never wait for each other in a circle.
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
    on conflict do nothing
    returning event_id
  ), further_lots as (
    insert into charge_further_lot (event_id, lot_id, credits)
    select f."eventId", f."lotId", f.credits
    from json_to_recordset($3) as f ("eventId" uuid, "lotId" uuid, credits bigint) join charges on charges.event_id = f."eventId"
  )
  select count(*)::integer as booked from charges`;

/**
 * Books charges: one ledger transaction per wallet, one pair of entries per lot. Takes wallets that `lockPayingWallets` locked. False when another call
 * has charged one of the events meanwhile; then the transaction must be rolled back.
 */
export async function bookCharges(
  tx: EntityManager,
  charges: readonly NewCharge[],
  { now, requestId }: { now: Date; requestId: string },
): Promise<boolean> {
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

  const [{ booked }] = await tx.query(BOOK, [
    toJson(walletParts),
    toJson(newCharges),
    toJson(furtherLots),
    now,
    { requestId },
  ]);
  return booked === charges.length;
}

/** Amounts travel as text, so that none is rounded on its way. */
const toJson = (rows: unknown[]): string =>
  JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
