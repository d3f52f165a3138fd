import { BY_ID } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { onceForKey } from '../../base/idempotencyKeys.ts';
import { writable } from '../../base/scope.ts';
import { profileNotFound, profilePayload } from './changeProfile.ts';
import { MAX_PROFILES, readCurrency, readFacts } from './profile.ts';
import { addProfile, countProfiles } from './profileChanges.ts';
import type { BillingProfile } from './profileTables.ts';

export const billingProfileCreate: MutationResolvers['billingProfileCreate'] = async (_root, { input }, ctx) => {
  const { accountId } = ctx.viewer as PersonViewer;
  const intention = { mutation: 'billingProfileCreate', input };
  const outcome = await onceForKey(ctx, intention, BY_ID, async (once) => {
    const facts = readFacts({ ...input, vatId: input.vatId ?? null });
    if (facts instanceof Refusal && facts.code === 'NAME_NOT_READABLE') return facts;
    const currency = readCurrency(input.currency);
    if (currency instanceof Refusal) return currency;
    if (facts instanceof Refusal) return facts;
    if (!(await writable(ctx, [accountId])).has(accountId)) return profileNotFound();
    const profile: NewProfile = { ...facts, id: newId(), accountId, currency, createdAt: ctx.now };
    return await ctx.system('add a billing profile', (tx) => once(tx, () => add(tx, profile)));
  });
  return await profilePayload(ctx, outcome);
};

type NewProfile = Omit<BillingProfile, 'taxBasisPoints' | 'card' | 'deletedAt'>;

async function add(tx: EntityManager, profile: NewProfile) {
  // Two at once may pass by one each; the bound is against accidents.
  if ((await countProfiles(tx, profile.accountId)) >= MAX_PROFILES)
    return new Refusal('TOO_MANY_PROFILES', `An account has at most ${MAX_PROFILES} billing profiles.`);
  // Until staff say otherwise: whether and what tax is due is not ours to guess.
  await addProfile(tx, { ...profile, taxBasisPoints: 0, card: null, deletedAt: null });
  return { id: profile.id, accountId: profile.accountId };
}
