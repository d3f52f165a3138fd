import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { KeyViewer, PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers, WalletTopUpErrorCode, WalletTopUpSetInput } from '../../generated/graphql.ts';
import { spendsOwn, writable } from '../base/scope.ts';
import { parseMoney } from '../books/money/money.ts';
import type { SpendableWallet } from '../books/wallets/walletStore.ts';
import { findProfile } from '../collecting/profiles/profileStore.ts';
import type { SubgraphContext } from '../context.ts';
import { creditsBuy, grossOf } from '../selling/credits/creditsBuyKind.ts';
import { keyBudgetOf } from '../selling/quotes/keyBudget.ts';
import { refusesBelow } from './topUp.ts';
import { setTopUp, stopTopUp } from './topUpStore.ts';
import { visibleWallet } from './walletAlertSet.ts';

export const walletTopUpSet: MutationResolvers['walletTopUpSet'] = async (_root, { input }, ctx) => {
  const { userId } = ctx.viewer as PersonViewer | KeyViewer;
  const wallet = await writableWallet(ctx, input.walletId);
  const refused = wallet instanceof Refusal ? wallet : refusesBelow(input.below);
  if (wallet instanceof Refusal || refused !== null) return refusal(refused);
  if (!spendsOwn(ctx.viewer, wallet.accountId)) {
    const message = 'Only people and keys of the account itself have its money spent automatically.';
    return refusal(new Refusal('PAYER_ONLY', message, ['input', 'walletId'], 'A38'));
  }
  if (keyBudgetOf(ctx.viewer) !== null) {
    const message = 'This API key has a credit budget, and what is bought automatically would not count against it.';
    return refusal(new Refusal('KEY_HAS_BUDGET', message, null, 'N11'));
  }
  const outcome = await ctx.system('set an automatic top-up', async (tx) => {
    const terms = await termsOf(tx, wallet, input, ctx.now);
    if (terms instanceof Refusal) return terms;
    const { id: walletId, accountId } = wallet;
    await setTopUp(tx, { walletId, accountId, below: BigInt(input.below), ...terms }, { userId, now: ctx.now });
    return {};
  });
  if (outcome instanceof Refusal) return refusal(outcome);
  return { wallet: await ctx.loaders.wallet.load(wallet.id), userErrors: [] };
};

export const walletTopUpStop: MutationResolvers['walletTopUpStop'] = async (_root, { input }, ctx) => {
  const wallet = await writableWallet(ctx, input.walletId);
  if (wallet instanceof Refusal) return refusal(wallet);
  await ctx.system('stop an automatic top-up', (tx) => stopTopUp(tx, wallet.id, null));
  return { wallet: await ctx.loaders.wallet.load(wallet.id), userErrors: [] };
};

type Refused = Refusal<WalletTopUpErrorCode>;
const refusal = (refused: Refusal | null) => ({
  wallet: null,
  userErrors: refused === null ? [] : [refused as Refused],
});

/** A wallet of credits that the viewer may change; one that it only sees looks absent. */
async function writableWallet(
  ctx: SubgraphContext,
  id: string,
): Promise<SpendableWallet | Refusal<'WALLET_NOT_FOUND'>> {
  const wallet = await visibleWallet(ctx, id);
  if (wallet instanceof Refusal || (await writable(ctx, [wallet.accountId])).has(wallet.accountId)) return wallet;
  return new Refusal('WALLET_NOT_FOUND', 'There is no such wallet of credits.', ['input', 'walletId']);
}

type Terms = { packId: string; quantity: number; profileId: string; currency: string; monthlyCap: bigint };

/** Whether the wallet can be filled up like this: asks what one purchase would cost now. */
async function termsOf(
  tx: EntityManager,
  wallet: SpendableWallet,
  { quantity, ...input }: WalletTopUpSetInput,
  now: Date,
): Promise<Terms | Refusal> {
  const [profileId, packId] = [readId(input.profileId), readId(input.packId)];
  const profile = profileId === null ? null : await findProfile(tx, profileId);
  if (profile === null || profile.accountId !== wallet.accountId || profile.deletedAt !== null) {
    const message = 'There is no such billing profile of the account that has the wallet.';
    return new Refusal('PROFILE_NOT_FOUND', message, ['input', 'profileId'], 'N17');
  }
  if (packId === null) return new Refusal('PACK_NOT_FOUND', 'There is no such pack of credits.', ['input', 'packId']);
  const offer = await creditsBuy.offer(tx, { profileId: profile.id, packId, quantity }, { now, lock: false });
  if (offer instanceof Refusal) return offer;
  if (offer.terms.kind !== wallet.kind) {
    return new Refusal('PACK_OF_ANOTHER_KIND', 'The pack has credits of another kind.', ['input', 'packId'], 'N17');
  }
  const { currency } = profile;
  const cap = parseMoney(input.monthlyCap);
  if (cap === null || cap.minor <= 0n || cap.currency !== currency) {
    const message = `The cap is a positive amount of ${currency}, the currency of the profile.`;
    return new Refusal('CAP_NOT_READABLE', message, ['input', 'monthlyCap'], 'N17');
  }
  if (grossOf(offer.prorated, profile.taxBasisPoints) > cap.minor) {
    return new Refusal(
      'CAP_BELOW_ONE_PURCHASE',
      'Not even one purchase fits under the cap.',
      ['input', 'monthlyCap'],
      'N17',
    );
  }
  return { packId, quantity, profileId: profile.id, currency, monthlyCap: cap.minor };
}
