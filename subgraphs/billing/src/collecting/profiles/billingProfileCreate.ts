import { Again } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { answeredBefore, onceIfKeyed } from '../../base/idempotencyKeys.ts';
import { writable } from '../../base/scope.ts';
import { profileNotFound, profilePayload } from './changeProfile.ts';
import { MAX_PROFILES, readCurrency, readFacts } from './profile.ts';
import { addProfile, countProfiles } from './profileChanges.ts';

export const billingProfileCreate: MutationResolvers['billingProfileCreate'] = async (_root, { input }, ctx) => {
  const { accountId } = ctx.viewer as PersonViewer;
  const intention = { mutation: 'billingProfileCreate', input };
  const before = await answeredBefore<{ id: string }>(ctx, intention);
  if (before !== null) return await profilePayload(ctx, before instanceof Again ? before.answer : before);
  const facts = readFacts({ ...input, vatId: input.vatId ?? null });
  if (facts instanceof Refusal && facts.code === 'NAME_NOT_READABLE') return await profilePayload(ctx, facts);
  const currency = readCurrency(input.currency);
  if (currency instanceof Refusal) return await profilePayload(ctx, currency);
  if (facts instanceof Refusal) return await profilePayload(ctx, facts);
  if (!(await writable(ctx, [accountId])).has(accountId)) return await profilePayload(ctx, profileNotFound());

  const add = async (tx: EntityManager) => {
    // Two at once may pass by one each; the bound is against accidents.
    if ((await countProfiles(tx, accountId)) >= MAX_PROFILES)
      return new Refusal('TOO_MANY_PROFILES', `An account has at most ${MAX_PROFILES} billing profiles.`);
    const profile = {
      ...facts,
      id: newId(),
      accountId,
      currency,
      // Until staff say otherwise: whether and what tax is due is not ours to guess.
      taxBasisPoints: 0,
      card: null,
      createdAt: ctx.now,
      deletedAt: null,
    };
    await addProfile(tx, profile);
    return { id: profile.id, accountId };
  };
  const outcome = await ctx.system('add a billing profile', (tx) =>
    onceIfKeyed(
      tx,
      ctx,
      intention,
      () => add(tx),
      ({ id }) => ({ id }),
    ),
  );
  return await profilePayload(ctx, outcome instanceof Again ? outcome.answer : outcome);
};
