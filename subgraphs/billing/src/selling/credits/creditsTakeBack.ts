import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { KeyViewer, PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { once } from '../../base/idempotencyKeys.ts';
import { writable } from '../../base/scope.ts';
import { type CreditKind, isCreditKind } from '../../books/ledger/kinds.ts';
import { legsOut, post } from '../../books/ledger/post.ts';
import { partsToTakeBack, refusesMove } from '../../books/lots/move.ts';
import { loadAllocatedLots, lockWallets } from '../../books/wallets/walletStore.ts';

export const creditsTakeBack: MutationResolvers['creditsTakeBack'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer | KeyViewer;
  const { kind, idempotencyKey: key } = input;
  const fromAccountId = readId(input.accountId);
  const toAccountId = input.allocatorId == null ? viewer.accountId : readId(input.allocatorId);
  const asked = [fromAccountId, toAccountId].filter((id) => id !== null);
  const allowed = await writable(ctx, asked);

  const outcome = await ctx.system('take back credits', (tx) =>
    once(tx, { accountId: viewer.accountId, key, mutation: 'creditsTakeBack', input, now: ctx.now }, async () => {
      if (!isCreditKind(kind)) {
        return new Refusal('KIND_NOT_ALLOCATED', 'Money is not allocated: move its earmark.', ['input', 'kind']);
      }
      const refused = refusesMove({
        fromAccountId: fromAccountId ?? '',
        toAccountId: toAccountId ?? '',
        credits: input.credits,
      });
      if (refused !== null) return refused;
      if (fromAccountId === null || toAccountId === null || !allowed.has(fromAccountId) || !allowed.has(toAccountId)) {
        const field = fromAccountId !== null && allowed.has(fromAccountId) ? 'allocatorId' : 'accountId';
        return new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account.', ['input', field]);
      }
      const asks = {
        fromAccountId,
        toAccountId,
        kind,
        credits: BigInt(input.credits),
        by: viewer.userId,
        now: ctx.now,
      };
      return await takeBack(tx, asks);
    }),
  );
  if (outcome instanceof Refusal) return { wallet: null, fromWallet: null, userErrors: [outcome] };
  const [wallet, fromWallet] = await Promise.all([
    ctx.loaders.wallet.load(outcome.toWalletId),
    ctx.loaders.wallet.load(outcome.fromWalletId),
  ]);
  return { wallet, fromWallet, userErrors: [] };
};

type TakeBack = {
  fromAccountId: string;
  toAccountId: string;
  kind: CreditKind;
  credits: bigint;
  by: string;
  now: Date;
};

/** Only what the one allocated to the other and is unspent, each credit to the lot that it came from. */
async function takeBack(
  tx: EntityManager,
  { fromAccountId, toAccountId, kind, credits, by, now }: TakeBack,
): Promise<{ toWalletId: string; fromWalletId: string } | Refusal<'NOT_ENOUGH_UNSPENT'>> {
  const wallets = await lockWallets(tx, [fromAccountId, toAccountId], kind);
  const [from, to] = [fromAccountId, toAccountId].map((id) => wallets.find(({ accountId }) => accountId === id)?.id);
  const lots =
    from === undefined || to === undefined ? [] : await loadAllocatedLots(tx, { walletId: from, originWalletId: to });
  const parts = partsToTakeBack(lots, credits, now);
  if (from === undefined || to === undefined || parts === null) {
    return new Refusal(
      'NOT_ENOUGH_UNSPENT',
      'Less than that is left unspent of what was allocated.',
      ['input', 'credits'],
      'A69',
    );
  }
  const back = parts.map(({ originLotId, credits: amount }) => ({ kind, amount, walletId: to, lotId: originLotId }));
  const cause = { fromAccountId, toAccountId, by };
  await post(tx, { type: 'TAKE_BACK', cause, legs: [...legsOut(kind, from, parts), ...back] }, now);
  return { toWalletId: to, fromWalletId: from };
}
