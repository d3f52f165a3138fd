import { singleFlight } from '@comptoir/shared/concurrency/singleFlight.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { CreditsGrantInput, MutationResolvers } from '../../../generated/graphql.ts';
import { once } from '../../base/idempotencyKeys.ts';
import type { BillingConfig } from '../../config.ts';
import type { SubgraphContext } from '../../context.ts';
import { isCreditKind } from '../ledger/kinds.ts';
import { post } from '../ledger/post.ts';
import { grantCredits, refusesGrant } from './grant.ts';
import { addWallet, lockWallets } from './walletStore.ts';

/** Staff give credits; once per idempotency key, also when it comes a thousand times at once. */
export const creditsGrant =
  (config: BillingConfig): MutationResolvers['creditsGrant'] =>
  async (_root, { input }, ctx) => {
    const outcome = await singleFlight(
      config,
      ctx.viewer,
      { mutation: 'creditsGrant', input },
      {
        work: () => grant(input, ctx),
        afterwards: async (done) => (done instanceof Refusal ? null : await shown(done, ctx)),
      },
    );
    if (outcome instanceof Refusal) return { wallet: null, lot: null, userErrors: [outcome] };
    const [wallet, lot] = await shown(outcome, ctx);
    return { wallet, lot, userErrors: [] };
  };

const shown = ({ walletId, lotId }: { walletId: string; lotId: string }, { loaders }: SubgraphContext) =>
  Promise.all([loaders.wallet.load(walletId), loaders.lot.load(lotId)]);

async function grant(input: CreditsGrantInput, ctx: SubgraphContext) {
  const viewer = ctx.viewer as PersonViewer;
  const { kind, reason, idempotencyKey: key } = input;
  return await ctx.system('staff give credits', (tx) =>
    once(tx, { accountId: viewer.accountId, key, mutation: 'creditsGrant', input, now: ctx.now }, async () => {
      const refused = refusesGrant(kind, input.credits, input.expiresAt ?? null, ctx.now);
      if (refused !== null) return refused;
      if (!isCreditKind(kind)) throw new Error('What is no credit was not refused.');
      const accountId = readId(input.accountId);
      // Every account has a TRACKER wallet from its opening on; its others come with the first credits of their kind.
      const opened = accountId === null ? [] : await lockWallets(tx, [accountId], 'TRACKER');
      if (accountId === null || opened.length === 0) {
        return new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account, or it is still being opened.', [
          'input',
          'accountId',
        ]);
      }
      if (kind !== 'TRACKER') await addWallet(tx, { id: newId(), accountId, kind });
      const [wallet] = await lockWallets(tx, [accountId], kind);
      if (wallet === undefined) throw new Error('The wallet that was just opened is not there.');

      const cause = { grantedBy: viewer.userId, reason };
      const { lotId, posting } = grantCredits({ ...wallet, kind }, BigInt(input.credits), {
        expiresAt: input.expiresAt ?? null,
        cause,
      });
      await post(tx, posting, ctx.now);
      return { walletId: wallet.id, lotId };
    }),
  );
}
