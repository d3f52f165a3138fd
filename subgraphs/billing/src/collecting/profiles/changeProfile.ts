import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { writable } from '../../base/scope.ts';
import type { SubgraphContext } from '../../context.ts';
import { loadProfiles, lockProfileToChange } from './profileStore.ts';
import type { BillingProfile, ShownProfile } from './profileTables.ts';

export const profileNotFound = (): Refusal<'PROFILE_NOT_FOUND'> =>
  new Refusal('PROFILE_NOT_FOUND', 'There is no such billing profile, or it is deleted.', ['input', 'profileId']);

/** A profile that the viewer may change, as row-level security shows it. */
export async function findChangeable(
  ctx: SubgraphContext,
  profileId: string,
): Promise<ShownProfile | Refusal<'PROFILE_NOT_FOUND'>> {
  const id = readId(profileId);
  const [profile] = id === null ? [] : await ctx.read((tx) => loadProfiles(tx, [id]));
  if (profile === undefined || profile.deletedAt !== null) return profileNotFound();
  return (await writable(ctx, [profile.accountId])).has(profile.accountId) ? profile : profileNotFound();
}

/** Locks a profile that the viewer may change, and changes it, under the second role: requests have no right to. */
export async function changeProfile<Code extends string = never>(
  ctx: SubgraphContext,
  reason: string,
  profileId: string,
  step: (tx: EntityManager, profile: BillingProfile) => Promise<null | Refusal<Code>>,
): Promise<{ id: string; accountId: string } | Refusal<Code | 'PROFILE_NOT_FOUND'>> {
  const shown = await findChangeable(ctx, profileId);
  if (shown instanceof Refusal) return shown;
  return await ctx.system(reason, async (tx) => {
    const profile = await lockProfileToChange(tx, shown.id);
    if (profile === null) return profileNotFound();
    return (await step(tx, profile)) ?? { id: profile.id, accountId: profile.accountId };
  });
}

/** The payload of what came of it. */
export async function profilePayload<Code extends string>(
  ctx: SubgraphContext,
  outcome: { id: string } | Refusal<Code>,
): Promise<{ profile: ShownProfile | null; userErrors: Refusal<Code>[] }> {
  if (outcome instanceof Refusal) return { profile: null, userErrors: [outcome] };
  return { profile: await ctx.loaders.profile.load(outcome.id), userErrors: [] };
}
