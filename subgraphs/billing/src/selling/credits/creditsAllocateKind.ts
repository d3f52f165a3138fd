import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { mayWriteFor } from '../../base/reach.ts';
import type { CreditKind } from '../../books/ledger/kinds.ts';
import { legsOut, post } from '../../books/ledger/post.ts';
import { spender } from '../../books/lots/allocate.ts';
import { legsIn, refusesMove } from '../../books/lots/move.ts';
import { type LotRow, WalletTable } from '../../books/wallets/creditTables.ts';
import { addWallet, hasWallets, loadLotsWithCredit, lockWallets } from '../../books/wallets/walletStore.ts';
import { refusesCancelledAccount } from '../quotes/cancelledAccount.ts';
import type { Offer, QuoteKind } from '../quotes/kind.ts';
import { refusesSms } from './smsPlan.ts';

/** `profileId` is not needed: nothing is paid. Ids are in canonical form. */
export type CreditsAllocateInput = {
  profileId?: string | null;
  fromAccountId: string;
  toAccountId: string;
  kind: CreditKind;
  credits: number;
};

/**
 * Moves credits to another account (A63): each lot that gives becomes a lot there, of the same source, priority and
 * expiry, that remembers where it came from.
 */
export const creditsAllocate: QuoteKind<CreditsAllocateInput> = {
  async offer(tx, input, { now, lock }) {
    const { fromAccountId, toAccountId, kind, credits } = input;
    const refused = refusesMove(input);
    if (refused !== null) return refused;
    if (!(await hasWallets(tx, toAccountId))) {
      return new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account, or it is still being opened.', [
        'input',
        'toAccountId',
      ]);
    }
    // Never the other way: anyone who may change a client's billing would else take what the client bought, or was
    // given.
    if (!(await mayWriteFor(tx, { holder: fromAccountId, account: toAccountId, now }))) {
      const message = 'Credits are allocated to clients that granted BILLING to the account that gives them.';
      return new Refusal('NOT_A_CLIENT', message, ['input', 'toAccountId'], 'A63');
    }
    const cancelled = await refusesCancelledAccount(tx, { toAccountId });
    if (cancelled !== null) return cancelled;
    const sms = await refusesSms(tx, kind, toAccountId, ['input', 'toAccountId']);
    if (sms !== null) return sms;
    if (lock) await lockBoth(tx, input);
    const lots = await lotsOf(tx, fromAccountId, kind);
    if (spender(lots, now)(BigInt(credits)) === null) {
      return new Refusal(
        'INSUFFICIENT_CREDIT',
        'The wallet does not hold that many credits.',
        ['input', 'credits'],
        'A63',
      );
    }
    return offerOf(input);
  },

  async apply(tx, { quote, now }) {
    const terms = quote.offer.terms as AllocationTerms;
    const { from, to } = await lockBoth(tx, terms);
    const { kind, fromAccountId, toAccountId } = terms;
    const lots = await loadLotsWithCredit(tx, [from]);
    const parts = spender(lots, now)(BigInt(terms.credits));
    if (parts === null) throw new Error('The credits that were there under the lock are gone.');
    const transactionId = await post(
      tx,
      {
        type: 'ALLOCATE',
        reference: `allocate:${quote.id}`,
        cause: { quoteId: quote.id, fromAccountId, toAccountId, ...(quote.createdBy && { by: quote.createdBy }) },
        legs: [...legsOut(kind, from, parts), ...legsIn(kind, to, parts, lots)],
      },
      now,
    );
    if (transactionId === null) throw new Error('The allocation was booked before.');
    return { transactionId, walletId: to };
  },

  /** Credits that are moved are the giver's bill. */
  owner: ({ fromAccountId }) => fromAccountId,
  credits: ({ terms }) => BigInt((terms as AllocationTerms).credits),
};

type AllocationTerms = { fromAccountId: string; toAccountId: string; kind: CreditKind; credits: string };

/**
 * Moves no money: no one's profile, no lines. Which lots will give is not said: they may change until it is done, the
 * credits do not.
 */
function offerOf({ fromAccountId, toAccountId, kind, credits }: CreditsAllocateInput): Offer {
  const terms: AllocationTerms = { fromAccountId, toAccountId, kind, credits: String(credits) };
  return {
    accountId: toAccountId,
    profileId: null,
    currency: null,
    listValue: 0n,
    migrationDiscount: 0n,
    resellerDiscount: 0n,
    perCycle: null,
    prorated: 0n,
    lines: [],
    settlement: 'NOTHING',
    terms,
  };
}

/** Locks both wallets, in the order of their ids; the one that receives is opened first when there is none. */
async function lockBoth(
  tx: EntityManager,
  { fromAccountId, toAccountId, kind }: Pick<AllocationTerms, 'fromAccountId' | 'toAccountId' | 'kind'>,
): Promise<{ from: string; to: string }> {
  for (const accountId of [fromAccountId, toAccountId].sort()) await addWallet(tx, { id: newId(), accountId, kind });
  const wallets = await lockWallets(tx, [fromAccountId, toAccountId], kind);
  const idOf = new Map(wallets.map(({ id, accountId }) => [accountId, id]));
  const [from, to] = [idOf.get(fromAccountId), idOf.get(toAccountId)];
  if (from === undefined || to === undefined) throw new Error('A wallet that was just opened is not there.');
  return { from, to };
}

/** Read without a lock when the caller holds none: then it is what a quote shows, not what is decided. */
async function lotsOf(tx: EntityManager, accountId: string, kind: CreditKind): Promise<LotRow[]> {
  const wallets = await tx.findBy(WalletTable, { accountId, kind });
  return await loadLotsWithCredit(
    tx,
    wallets.map(({ id }) => id),
  );
}
