import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { covers, readAreaText, toAreas } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { lockMembership } from '../people/peopleStore.ts';
import type { MembershipRow } from '../people/userTables.ts';
import { newSecret } from './apiKeyRotate.ts';
import { refusesHigherRole, refusesMoreThanHeld, refusesWholeAccount } from './apiKeyRules.ts';
import { findOwnerStanding, findUserIsActive, lockApiKey, saveOwner } from './apiKeyStore.ts';
import type { ApiKeyRow } from './apiKeyTables.ts';
import { opensMore } from './apiKeyWidening.ts';
import { apiKeyNotFound, refusesEnded } from './endedKey.ts';

const MEMBERSHIP = ['input', 'membershipId'];

/**
 * A key gets another owner and keeps its secret: anyone who runs the script need not be asked. Where the secret would
 * open more than before it gets a new one, or stays where it is.
 */
export const apiKeyHandOver: MutationResolvers['apiKeyHandOver'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const toAccount = input.toAccount ?? false;
  const outcome = await ctx.write(async (tx) => {
    if (toAccount === (input.membershipId != null)) {
      return new Refusal('NAME_ONE', 'Name the member who takes the key, or the account, one of them.', ['input']);
    }
    // Before the key, as a removal does: of a removal and a hand-over to that member the second finds what the first
    // left.
    const membershipId = readId(input.membershipId ?? '');
    const member = membershipId === null ? null : await lockMembership(tx, membershipId);
    const id = readId(input.apiKeyId);
    const apiKey = id === null ? null : await lockApiKey(tx, id);
    if (apiKey === null || apiKey.accountId !== viewer.accountId) return apiKeyNotFound();
    const refused = refusesEnded(apiKey, ctx.now) ?? refusesMoreThanHeld(apiKey, viewer);
    if (refused !== null) return refused;
    const refusedOwner = toAccount
      ? refusesWholeAccount(viewer, ['input', 'toAccount'])
      : await refusesMember(tx, apiKey, member, viewer);
    if (refusedOwner !== null) return refusedOwner;

    const userId = member?.userId ?? null;
    const rotates = input.rotate ?? false;
    const refusedSecret = rotates ? null : await refusesKnownSecret(tx, apiKey, userId);
    if (refusedSecret !== null) return refusedSecret;
    const handed = await handOver(tx, apiKey, userId);
    return rotates ? await newSecret(tx, handed, ctx.now) : { apiKey: handed, secret: null };
  });
  if (outcome instanceof Refusal) return { apiKey: null, secret: null, userErrors: [outcome] };
  return { ...outcome, userErrors: [] };
};

/** Of two secrets the one before ends: anyone who had the key may have kept it. */
async function handOver(tx: EntityManager, apiKey: ApiKeyRow, userId: string | null): Promise<ApiKeyRow> {
  if (userId === apiKey.userId) return apiKey;
  await saveOwner(tx, apiKey.id, userId);
  return { ...apiKey, userId, previousUntil: null };
}

/** Whether its secret, which others may know, would open more with that owner; null when it would not (G15). */
async function refusesKnownSecret(tx: EntityManager, apiKey: ApiKeyRow, userId: string | null) {
  if (userId === apiKey.userId) return null;
  const to = await findOwnerStanding(tx, { ...apiKey, userId });
  if (to !== null && !opensMore(apiKey.areas, await findOwnerStanding(tx, apiKey), to)) return null;
  const message = 'Whoever knows its secret would open more with it. Hand it over with `rotate`, or make a new key.';
  return new Refusal('KEY_WOULD_OPEN_MORE', message, ['input', 'rotate'], 'G15');
}

/** Whether that member may not take the key; null when they may (G15). */
async function refusesMember(tx: EntityManager, apiKey: ApiKeyRow, member: MembershipRow | null, viewer: PersonViewer) {
  if (member === null || member.accountId !== apiKey.accountId) {
    return new Refusal('MEMBERSHIP_NOT_FOUND', 'There is no such membership in the key’s account.', MEMBERSHIP);
  }
  if (member.status !== 'ACTIVE' || !(await findUserIsActive(tx, member.userId))) {
    return new Refusal('MEMBERSHIP_NOT_ACTIVE', 'Only an active member takes a key.', MEMBERSHIP, 'G18');
  }
  if (!covers(toAreas(member.areas.map(readAreaText)), apiKey.areas.map(readAreaText))) {
    const message = 'That member holds less than the key opens. Give them the areas, or narrow the key, first.';
    return new Refusal('MEMBER_HOLDS_LESS', message, MEMBERSHIP, 'G15');
  }
  return refusesHigherRole(member.role, viewer, MEMBERSHIP);
}
