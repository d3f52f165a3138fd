import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { Part } from '../lots/allocate.ts';
import type { Book, LedgerKind, LedgerTransactionType } from './kinds.ts';

/**
 * A lot that a transaction opens: it begins with the amount of its leg. Its first lot `originLotId` is set when the
 * credits were moved out of another one.
 */
export type NewLot = {
  id: string;
  walletId: string;
  source: 'GRANTED' | 'PURCHASED';
  priority: number;
  expiresAt: Date | null;
  originLotId?: string | null;
};

/**
 * One posting: on one of our own books, on a lot that exists, or on a lot that it opens. Never zero; positive comes in.
 */
export type Leg =
  | { kind: LedgerKind; amount: bigint; book: Book }
  | { kind: LedgerKind; amount: bigint; walletId: string; lotId: string }
  | { kind: LedgerKind; amount: bigint; opens: NewLot };

export type Posting = {
  type: LedgerTransactionType;
  /** Names what may be booked only once, at most 200 characters. */
  reference?: string | null;
  /** Ids of what led to it; never a name or an e-mail. */
  cause: Record<string, string>;
  legs: readonly Leg[];
};

const POST = `
  with booked as (
    insert into ledger_transaction (id, type, reference, booked_at, cause) values ($1, $2, $3, $4, $5)
    on conflict do nothing
    returning id
  ), leg as (
    select l.* from booked cross join rows from (json_to_recordset($6) as (
      id uuid, kind text, amount bigint, book text, "walletId" uuid, "lotId" uuid, opens boolean, source text, priority smallint, "expiresAt" timestamptz, "originLotId" uuid)
    ) with ordinality as l (id, kind, amount, book, "walletId", "lotId", opens, source, priority, "expiresAt", "originLotId", place)
  ), opened as (
    insert into lot (id, wallet_id, source, priority, granted_at, expires_at, original, remaining, origin_lot_id)
    select "lotId", "walletId", source, priority, $4, "expiresAt", amount, amount, "originLotId" from leg where opens order by place
  ), moved as (
    update lot set remaining = lot.remaining + m.amount
    from (select "lotId", sum(amount)::bigint as amount from leg where not opens and "lotId" is not null group by "lotId") m
    where lot.id = m."lotId"
  ), balances as (
    update wallet set balance = wallet.balance + m.amount
    from (select "walletId", sum(amount)::bigint as amount from leg where "walletId" is not null group by "walletId") m
    where wallet.id = m."walletId"
  ), entries as (
    insert into ledger_entry (id, transaction_id, booked_at, wallet_id, book, lot_id, kind, amount)
    select id, $1, $4, "walletId", book, "lotId", kind, amount from leg
  ), movements as (
    insert into credit_movement (wallet_id, booked_at, transaction_id, credits)
    select "walletId", $4, $1, sum(amount)::bigint from leg
    where "walletId" is not null and not starts_with(kind, 'MONEY:') and $2 <> 'CHARGE'
    group by "walletId" having sum(amount) <> 0
  )
  select count(*)::integer as booked from booked`;

/**
 * Books one transaction: its entries, the lots it opens, and what it moves in lots and wallets, in one statement. The
 * caller holds the lock of every wallet in it (`lockWallets`, `lockWalletsById`) and has decided; the database refuses
 * what does not sum to zero per kind or would leave a lot or wallet below zero. Returns the transaction's id, or null
 * when its reference was booked before: then nothing was done.
 */
export async function post(tx: EntityManager, posting: Posting, now: Date): Promise<string | null> {
  const id = newId();
  const { type, reference = null, cause } = posting;
  const rows = posting.legs.map((leg) => ({ id: newId(), ...rowOf(leg) }));
  const [{ booked }] = await tx.query(POST, [
    id,
    type,
    reference,
    now,
    cause,
    // Amounts travel as text, so that none is rounded on its way.
    JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
  ]);
  return booked === 1 ? id : null;
}

/** What lots give for a demand, as legs that take it out of a wallet. */
export const legsOut = (kind: LedgerKind, walletId: string, parts: readonly Part[]): Leg[] =>
  parts.map(({ lotId, credits }) => ({ kind, walletId, lotId, amount: -credits }));

function rowOf(leg: Leg): Record<string, unknown> {
  const { kind, amount } = leg;
  if ('book' in leg) return { kind, amount, book: leg.book, opens: false };
  if (!('opens' in leg)) return { kind, amount, walletId: leg.walletId, lotId: leg.lotId, opens: false };
  const { id: lotId, ...lot } = leg.opens;
  return { kind, amount, ...lot, lotId, opens: true };
}
