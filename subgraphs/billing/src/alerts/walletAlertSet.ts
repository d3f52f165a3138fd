import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { KeyViewer, PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { isCreditKind } from '../books/ledger/kinds.ts';
import type { SpendableWallet } from '../books/wallets/walletStore.ts';
import type { SubgraphContext } from '../context.ts';
import { removeAlert, setAlert } from './alertStore.ts';
import { refusesBelow } from './topUp.ts';

export const walletAlertSet: MutationResolvers['walletAlertSet'] = async (_root, { input }, ctx) => {
  const { accountId } = ctx.viewer as PersonViewer | KeyViewer;
  const wallet = await visibleWallet(ctx, input.walletId);
  const refused = wallet instanceof Refusal ? wallet : refusesBelow(input.below);
  if (wallet instanceof Refusal || refused !== null) return refusal(refused ?? (wallet as Refusal<'WALLET_NOT_FOUND'>));
  const asked = { walletId: wallet.id, accountId, below: input.below, now: ctx.now };
  const outcome = await ctx.write(async (tx) => (await setAlert(tx, asked)) || notFound());
  if (outcome instanceof Refusal) return refusal(outcome);
  return { wallet: await ctx.loaders.wallet.load(wallet.id), userErrors: [] };
};

export const walletAlertRemove: MutationResolvers['walletAlertRemove'] = async (_root, { input }, ctx) => {
  const { accountId } = ctx.viewer as PersonViewer | KeyViewer;
  const wallet = await visibleWallet(ctx, input.walletId);
  if (wallet instanceof Refusal) return refusal(wallet);
  await ctx.write((tx) => removeAlert(tx, wallet.id, accountId));
  return { wallet: await ctx.loaders.wallet.load(wallet.id), userErrors: [] };
};

const refusal = (refused: Refusal<'WALLET_NOT_FOUND' | 'BELOW_OUT_OF_BOUNDS'>) => ({
  wallet: null,
  userErrors: [refused],
});

/** A wallet of credits that the viewer sees. */
export async function visibleWallet(
  ctx: SubgraphContext,
  id: string,
): Promise<SpendableWallet | Refusal<'WALLET_NOT_FOUND'>> {
  const walletId = readId(id);
  const wallet = walletId === null ? null : await ctx.loaders.wallet.load(walletId);
  if (wallet !== null && isCreditKind(wallet.kind)) return wallet;
  return notFound();
}

const notFound = (): Refusal<'WALLET_NOT_FOUND'> =>
  new Refusal('WALLET_NOT_FOUND', 'There is no such wallet of credits.', ['input', 'walletId']);
