import { Refusal } from '@comptoir/shared/refusal.ts';
import { newId } from '@comptoir/shared/uuid.ts';
import type { LedgerEntryRow, LedgerTransactionRow } from '../ledger/ledgerTables.ts';
import type { CreditKind, LotRow } from './creditTables.ts';

/** The free TRACKER credits of an account that signs up (U14). */
export const WELCOME_CREDITS = 100n;

/** Names the welcome grant of an account, of which the books take one (U14). */
export const welcomeReference = (accountId: string): string => `U14:${accountId}`;

export type Grant = { transaction: LedgerTransactionRow; entries: LedgerEntryRow[]; lot: LotRow };

/** More than anybody is given at once; a slip of the keyboard is caught here. */
export const MOST_GRANTED = 10_000_000;

export type GrantRefusal = Refusal<'KIND_NOT_GRANTED' | 'CREDITS_OUT_OF_BOUNDS' | 'EXPIRES_TOO_SOON'>;

/** Whether credits may be given like this; null when they may. Money is paid in, never given. */
export function refusesGrant(
  kind: CreditKind,
  credits: number,
  expiresAt: Date | null,
  now: Date,
): GrantRefusal | null {
  if (kind === 'MONEY') return new Refusal('KIND_NOT_GRANTED', 'Money is paid in, not given.', ['input', 'kind']);
  if (credits < 1 || credits > MOST_GRANTED) {
    return new Refusal('CREDITS_OUT_OF_BOUNDS', `Give 1 to ${MOST_GRANTED} credits at once.`, ['input', 'credits']);
  }
  if (expiresAt !== null && expiresAt <= now) {
    return new Refusal('EXPIRES_TOO_SOON', 'Credits must not have expired before they are given.', [
      'input',
      'expiresAt',
    ]);
  }
  return null;
}

/** What a grant books: a lot in the wallet, against what we have issued. It lasts unless `expiresAt` says otherwise. */
export function grantCredits(
  wallet: { id: string; accountId: string; kind: CreditKind },
  credits: bigint,
  reference: string | null,
  now: Date,
  { expiresAt = null, cause = {} }: { expiresAt?: Date | null; cause?: Record<string, string> } = {},
): Grant {
  const { id: walletId, kind } = wallet;
  const transaction: LedgerTransactionRow = {
    id: newId(),
    type: 'GRANT',
    reference,
    bookedAt: now,
    cause: { accountId: wallet.accountId, ...cause },
  };
  const lot: LotRow = {
    id: newId(),
    walletId,
    source: 'GRANTED',
    priority: 0,
    grantedAt: now,
    expiresAt,
    original: credits,
    remaining: credits,
  };
  const common = { transactionId: transaction.id, bookedAt: now, kind };
  const entries: LedgerEntryRow[] = [
    { ...common, id: newId(), walletId, book: null, lotId: lot.id, amount: credits },
    { ...common, id: newId(), walletId: null, book: `issued:${kind}`, lotId: null, amount: -credits },
  ];
  return { transaction, entries, lot };
}
