import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { post } from '../ledger/post.ts';
import { grantCredits, WELCOME_CREDITS, welcomeReference } from './grant.ts';
import { addWallet, lockWallets } from './walletStore.ts';

export const internalWalletsOpen: MutationResolvers['internalWalletsOpen'] = async (_root, { input }, ctx) => {
  const accountId = readId(input.accountId);
  if (accountId === null) throw badInput('That is no account id.', ['input', 'accountId']);

  await ctx.system('open the wallets of a new account', async (tx) => {
    await addWallet(tx, { id: newId(), accountId, kind: 'TRACKER' });
    if (!input.grant) return;
    const [wallet] = await lockWallets(tx, [accountId], 'TRACKER');
    if (wallet === undefined) throw new Error('The wallet that was just opened is not there.');
    const reference = welcomeReference(accountId);
    await post(tx, grantCredits({ ...wallet, kind: 'TRACKER' }, WELCOME_CREDITS, { reference }).posting, ctx.now);
  });
  return { accountId };
};
