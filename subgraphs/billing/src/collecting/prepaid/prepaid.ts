import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type EntityManager, IsNull, Not } from 'typeorm';
import { moneyKind } from '../../books/ledger/kinds.ts';
import { LedgerEntryTable } from '../../books/ledger/ledgerTables.ts';
import { type Leg, legsOut, post } from '../../books/ledger/post.ts';
import { isSpendable, type Part, spender } from '../../books/lots/allocate.ts';
import { lesser } from '../../books/money/money.ts';
import { loadLotsWithCredit } from '../../books/wallets/walletStore.ts';
import type { BillingProfile } from '../profiles/profileTables.ts';
import { legIn, lockMoneyWallets, type MoneyWallet, openMoneyWallet } from './moneyWallets.ts';
import { type HoldRow, HoldTable } from './prepaidTables.ts';

/** The prepaid money that may pay for an account: what is kept for it, and what is free (A65). */
export type PrepaidFor = { profileId: string; accountId: string; currency: string };

/**
 * How much prepaid money may pay for an account, in the smallest unit of the currency. True until the commit where
 * `lockPrepaid` was called before.
 */
export async function availablePrepaid(
  tx: EntityManager,
  { profileId, accountId, currency, now }: PrepaidFor & { now: Date },
): Promise<bigint> {
  const [{ available }]: [{ available: bigint }] = await tx.query(
    `select coalesce(sum(lot.remaining), 0)::bigint as available
     from wallet join lot on lot.wallet_id = wallet.id
     where wallet.profile_id = $1 and wallet.kind = $2 and (wallet.earmark_id is null or wallet.earmark_id = $3)
       and lot.remaining > 0 and (lot.expires_at is null or lot.expires_at > $4)`,
    [profileId, moneyKind(currency), accountId, now],
  );
  return available;
}

/** Locks the wallets that may pay for an account, in the order of their ids. */
export const lockPrepaid = (
  tx: EntityManager,
  { profileId, accountId, currency }: PrepaidFor,
): Promise<MoneyWallet[]> => lockMoneyWallets(tx, { profileId, currency, earmarkIds: [accountId] });

/** What one wallet gives of a demand. */
export type WalletPart = { walletId: string; parts: Part[] };

/**
 * Takes an amount out of wallets that are locked, the first of them first, from each its lots in their order. Null when
 * they do not hold it; then nothing is taken.
 */
export async function takeFrom(
  tx: EntityManager,
  wallets: readonly MoneyWallet[],
  amount: bigint,
  now: Date,
): Promise<WalletPart[] | null> {
  const lots = await loadLotsWithCredit(
    tx,
    wallets.map(({ id }) => id),
  );
  const taken: WalletPart[] = [];
  let missing = amount;
  for (const { id: walletId } of wallets) {
    const own = lots.filter((lot) => lot.walletId === walletId && isSpendable(lot, now));
    const held = own.reduce((sum, { remaining }) => sum + remaining, 0n);
    const demand = lesser(held, missing);
    if (demand === 0n) continue;
    taken.push({ walletId, parts: spender(own, now)(demand) as Part[] });
    missing -= demand;
  }
  return missing === 0n ? taken : null;
}

/**
 * Sets prepaid money aside for a payment under way: first what is kept for the account, then what is free (A65).
 * `cause` holds the id of the payment's purpose, by which a check finds that it is under way. Asked again with the same
 * reference, the same hold, unless it was given back. Refuses when there is less (A64).
 */
export async function holdPrepaid(
  tx: EntityManager,
  {
    profile,
    accountId,
    amount,
    reference,
    cause,
    now,
  }: {
    profile: BillingProfile;
    accountId: string;
    amount: bigint;
    reference: string;
    cause: Record<string, string>;
    now: Date;
  },
): Promise<{ id: string } | Refusal<'PREPAID_INSUFFICIENT'>> {
  if (amount <= 0n) throw new RangeError(`${amount} cannot be set aside: ask for at least 1.`);
  const { id: profileId, accountId: payerId, currency } = profile;
  const wallets = await lockPrepaid(tx, { profileId, accountId, currency });
  const known = await tx
    .createQueryBuilder(HoldTable, 'h')
    // The state is no parameter: it is the condition of the index.
    .where(`h.reference = :reference and h.state <> 'RELEASED'`, { reference })
    .getOne();
  if (known !== null) return { id: known.id };

  const inOrder = wallets.toSorted((a, b) => Number(a.earmarkId === null) - Number(b.earmarkId === null));
  const taken = await takeFrom(tx, inOrder, amount, now);
  if (taken === null) {
    return new Refusal('PREPAID_INSUFFICIENT', 'There is less prepaid money by now.', null, 'A65');
  }
  const kind = moneyKind(currency);
  const id = newId();
  const transactionId = await post(
    tx,
    {
      type: 'HOLD',
      reference: `hold:${id}`,
      cause: { ...cause, holdId: id, profileId, accountId },
      legs: [
        ...taken.flatMap(({ walletId, parts }) => legsOut(kind, walletId, parts)),
        { kind, amount, book: `held:${kind}` },
      ],
    },
    now,
  );
  if (transactionId === null) throw new Error(`The hold ${id} is new, but stands in the books.`);
  await tx.insert(HoldTable, {
    id,
    payerId,
    profileId,
    accountId,
    currency,
    amount,
    reference,
    cause,
    state: 'HELD',
    transactionId,
    heldAt: now,
    settledAt: null,
  });
  return { id };
}

/** Locks a hold. Null when it was used or given back before; throws on one that never was. */
export async function lockHold(tx: EntityManager, id: string): Promise<HoldRow | null> {
  const hold = await tx.findOne(HoldTable, { where: { id }, lock: { mode: 'for_no_key_update' } });
  if (hold === null) throw new Error(`There is no hold ${id}.`);
  return hold.state === 'HELD' ? hold : null;
}

/** Says what became of a locked hold. */
export async function settleHold(tx: EntityManager, id: string, state: 'USED' | 'RELEASED', now: Date): Promise<void> {
  await tx.update(HoldTable, { id }, { state, settledAt: now });
}

/**
 * Gives what was set aside back to the very lots that it came from. Does nothing when it was given back or used
 * before.
 */
export async function releaseHold(tx: EntityManager, holdId: string, now: Date): Promise<void> {
  const hold = await lockHold(tx, holdId);
  if (hold === null) return;
  const kind = moneyKind(hold.currency);
  await lockPrepaid(tx, hold);
  const taken = await tx.findBy(LedgerEntryTable, { transactionId: hold.transactionId, walletId: Not(IsNull()) });
  const back = taken.map(
    ({ walletId, lotId, amount }): Leg => ({
      kind,
      walletId: walletId as string,
      lotId: lotId as string,
      amount: -amount,
    }),
  );
  await post(
    tx,
    {
      type: 'RELEASE',
      reference: `release:${holdId}`,
      cause: { holdId, profileId: hold.profileId, accountId: hold.accountId },
      legs: [{ kind, amount: -hold.amount, book: `held:${kind}` }, ...back],
    },
    now,
  );
  await settleHold(tx, holdId, 'RELEASED', now);
}

/** Books money that was paid in by card (A64). Null when the reference was booked before: then nothing is done. */
export async function topUpPrepaid(
  tx: EntityManager,
  {
    profile,
    earmarkId,
    amount,
    paymentId,
    reference,
    now,
  }: {
    profile: BillingProfile;
    earmarkId: string | null;
    amount: bigint;
    paymentId: string;
    reference: string;
    now: Date;
  },
): Promise<{ walletId: string; lotId: string } | null> {
  const { id: profileId, accountId: payerId, currency } = profile;
  const walletId = await openMoneyWallet(tx, { profileId, payerId, currency, earmarkId });
  const kind = moneyKind(currency);
  const { lotId, leg } = legIn(walletId, currency, amount);
  const transactionId = await post(
    tx,
    {
      type: 'TOP_UP',
      reference: `top-up:${reference}`,
      cause: { profileId, paymentId },
      legs: [{ kind, amount: -amount, book: `card:${kind}` }, leg],
    },
    now,
  );
  return transactionId === null ? null : { walletId, lotId };
}
