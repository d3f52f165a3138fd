import { unavailable } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isStaff, type PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import type { BillingConfig } from '../../config.ts';
import type { SubgraphContext } from '../../context.ts';
import { withNewCard } from '../payments/dunningRule.ts';
import { lockDunningsOf, saveDunning } from '../payments/dunningStore.ts';
import { changeProfile, findChangeable, profilePayload } from '../profiles/changeProfile.ts';
import { saveCard } from '../profiles/profileChanges.ts';
import { findProfile } from '../profiles/profileStore.ts';
import type { ShownProfile } from '../profiles/profileTables.ts';
import type { Decline, StoredCard } from '../provider/provider.ts';

/** The provider is asked before the transaction; asked again with the same token, it gives the same card. */
export const billingProfileCardSet =
  (config: BillingConfig): MutationResolvers['billingProfileCardSet'] =>
  async (_root, { input }, ctx) => {
    const { profileId, token } = input;
    const profile = await mayPutCard(ctx, profileId, token);
    if (profile instanceof Refusal) return await profilePayload(ctx, profile);
    const card = await storeCard(ctx, config, profile, token);
    if (card instanceof Refusal) return await profilePayload(ctx, card);

    const outcome = await changeProfile(ctx, 'set the card of a billing profile', profileId, async (tx, locked) => {
      await saveCard(tx, locked, card);
      for (const dunning of await lockDunningsOf(tx, locked.id)) await saveDunning(tx, withNewCard(dunning, ctx.now));
      return null;
    });
    return await profilePayload(ctx, outcome);
  };

async function mayPutCard(ctx: SubgraphContext, profileId: string, token: string) {
  if (!/^[\x21-\x7e]{1,200}$/.test(token)) {
    return new Refusal('TOKEN_NOT_READABLE', 'A token is what the payment form gave: 1 to 200 characters.', [
      'input',
      'token',
    ]);
  }
  const profile = await findChangeable(ctx, profileId);
  if (profile instanceof Refusal) return profile;
  const viewer = ctx.viewer as PersonViewer;
  if (profile.accountId !== viewer.accountId || isStaff(viewer)) {
    return new Refusal(
      'CARD_OF_OTHERS',
      'Only people of the account that owns a billing profile put a card on it.',
      ['input', 'profileId'],
      'A38',
    );
  }
  return profile;
}

async function storeCard(
  ctx: SubgraphContext,
  { payments }: BillingConfig,
  { id, email }: ShownProfile,
  token: string,
): Promise<StoredCard | Refusal<'TOKEN_UNKNOWN' | 'CARD_REFUSED'>> {
  // Ends what was read until here: no transaction is open while the provider is asked.
  await ctx.system('look at a billing profile', (tx) => findProfile(tx, id), { untrailed: true });
  let stored: StoredCard | { decline: Decline | 'TOKEN_UNKNOWN' };
  try {
    stored = await payments.storeCard({ profileId: id, token, email });
  } catch (error) {
    ctx.log.warn({ err: error, profileId: id }, 'the payment provider did not store a card');
    throw unavailable('The payment provider does not answer. Try again in a moment.');
  }
  if (!('decline' in stored)) return stored;
  const at = ['input', 'token'];
  if (stored.decline === 'TOKEN_UNKNOWN')
    return new Refusal('TOKEN_UNKNOWN', 'The payment provider does not know this token, or no longer.', at);
  return new Refusal('CARD_REFUSED', 'The bank of this card refuses it. Use another card.', at);
}
