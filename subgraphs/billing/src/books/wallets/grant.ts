import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type CreditKind, isCreditKind } from '../ledger/kinds.ts';
import type { Leg, Posting } from '../ledger/post.ts';

/** The free TRACKER credits of an account that signs up (U14). */
export const WELCOME_CREDITS = 100n;

/** Names the welcome grant of an account, of which the books take one (U14). */
export const welcomeReference = (accountId: string): string => `U14:${accountId}`;

/** More than anybody is given at once; a slip of the keyboard is caught here. */
export const MAX_GRANTED = 10_000_000;

export type GrantRefusal = Refusal<'KIND_NOT_GRANTED' | 'CREDITS_OUT_OF_BOUNDS' | 'EXPIRES_TOO_SOON'>;

/** Whether credits may be given like this; null when they may. Money is paid in, never given. */
export function refusesGrant(kind: string, credits: number, expiresAt: Date | null, now: Date): GrantRefusal | null {
  if (!isCreditKind(kind)) return new Refusal('KIND_NOT_GRANTED', 'Money is paid in, not given.', ['input', 'kind']);
  if (credits < 1 || credits > MAX_GRANTED) {
    return new Refusal('CREDITS_OUT_OF_BOUNDS', `Give 1 to ${MAX_GRANTED} credits at once.`, ['input', 'credits']);
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
  {
    reference = null,
    expiresAt = null,
    cause = {},
  }: { reference?: string | null; expiresAt?: Date | null; cause?: Record<string, string> } = {},
): { lotId: string; posting: Posting } {
  const { id: walletId, kind } = wallet;
  const lotId = newId();
  const legs: Leg[] = [
    { kind, amount: credits, opens: { id: lotId, walletId, source: 'GRANTED', priority: 0, expiresAt } },
    { kind, amount: -credits, book: `issued:${kind}` },
  ];
  return { lotId, posting: { type: 'GRANT', reference, cause: { accountId: wallet.accountId, ...cause }, legs } };
}
