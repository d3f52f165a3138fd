import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { CreditKind } from '../ledger/kinds.ts';
import type { Leg } from '../ledger/post.ts';
import { isSpendable, type Lot, type Part } from './allocate.ts';

/** More than anybody moves or buys at once; a slip of the keyboard is caught here. */
export const MAX_MOVED = 1_000_000_000;

/** A lot whose credits were moved out of another one. */
export type AllocatedLot = Lot & { originLotId: string };

/** Whether credits may be asked to move like this; null when they may. */
export function refusesMove(asked: {
  fromAccountId: string;
  toAccountId: string;
  credits: number;
}): Refusal<'CREDITS_OUT_OF_BOUNDS' | 'SAME_ACCOUNT'> | null {
  const { fromAccountId, toAccountId, credits } = asked;
  if (!Number.isSafeInteger(credits) || credits < 1 || credits > MAX_MOVED) {
    return new Refusal('CREDITS_OUT_OF_BOUNDS', `Move 1 to ${MAX_MOVED} credits at once.`, ['input', 'credits']);
  }
  if (fromAccountId === toAccountId) {
    return new Refusal('SAME_ACCOUNT', 'Credits move from one account to another.', ['input', 'toAccountId'], 'A63');
  }
  return null;
}

/**
 * Lots for what other lots gave: of the same source, priority and expiry (P), each remembering the lot that it came
 * from, so that it can go back there.
 */
export function legsIn(kind: CreditKind, walletId: string, parts: readonly Part[], from: readonly Lot[]): Leg[] {
  const known = new Map(from.map((lot) => [lot.id, lot]));
  return parts.map(({ lotId: originLotId, credits }) => {
    const origin = known.get(originLotId);
    if (origin === undefined) throw new Error('A lot gave credits that is not among the lots of the wallet.');
    const { source, priority, expiresAt } = origin;
    return { kind, amount: credits, opens: { id: newId(), walletId, source, priority, expiresAt, originLotId } };
  });
}

/**
 * Which allocated lots give back how much: the newest allocation first, so that what was handed over last is what
 * returns. Null when they hold less than is asked for. What has expired stays where it is: a credit that cannot be
 * spent cannot be taken back either, and its origin has expired at the same instant.
 */
export function partsToTakeBack(
  lots: readonly AllocatedLot[],
  credits: bigint,
  now: Date,
): (Part & { originLotId: string })[] | null {
  const open = lots.filter((lot) => isSpendable(lot, now)).sort(newestFirst);
  const parts: (Part & { originLotId: string })[] = [];
  let missing = credits;
  for (const { id, originLotId, remaining } of open) {
    if (missing === 0n) break;
    const suffices = remaining >= missing;
    const taken = suffices ? missing : remaining;
    parts.push({ lotId: id, originLotId, credits: taken });
    missing -= taken;
  }
  return missing === 0n ? parts : null;
}

function newestFirst(a: Lot, b: Lot): number {
  if (a.grantedAt.getTime() !== b.grantedAt.getTime()) return b.grantedAt.getTime() - a.grantedAt.getTime();
  return a.seq < b.seq ? 1 : -1;
}
