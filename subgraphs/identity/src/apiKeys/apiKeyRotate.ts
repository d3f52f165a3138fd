import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { newApiKey } from '@comptoir/shared/viewer/apiKey.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { ApiKeyRotateInput, MutationResolvers } from '../../generated/graphql.ts';
import { onceForKey } from '../base/idempotency.ts';
import type { SubgraphContext } from '../context.ts';
import { shownWithoutSecret } from './apiKeyAnswers.ts';
import { MAX_OVERLAP, refusesHigherRole, refusesMoreThanHeld } from './apiKeyRules.ts';
import { findOwnerRole, lockApiKey, saveRotation } from './apiKeyStore.ts';
import type { ApiKeyRow } from './apiKeyTables.ts';
import { apiKeyNotFound, refusesEnded } from './endedKey.ts';

export const apiKeyRotate: MutationResolvers['apiKeyRotate'] = async (_root, { input }, ctx) => {
  const intention = { mutation: 'apiKeyRotate', input, by: (ctx.viewer as PersonViewer).userId };
  const outcome = await onceForKey(ctx, intention, shownWithoutSecret(ctx), (once) =>
    ctx.write((tx) => once(tx, () => rotate(tx, input, ctx))),
  );
  if (outcome instanceof Refusal) return { apiKey: null, secret: null, userErrors: [outcome] };
  return { ...outcome, userErrors: [] };
};

async function rotate(tx: EntityManager, input: ApiKeyRotateInput, ctx: SubgraphContext) {
  const overlap = input.overlapMinutes ?? 0;
  if (overlap < 0 || overlap > MAX_OVERLAP) {
    const message = `Choose 0 to ${MAX_OVERLAP} minutes.`;
    return new Refusal('OVERLAP_NOT_READABLE', message, ['input', 'overlapMinutes']);
  }
  const id = readId(input.apiKeyId);
  const apiKey = id === null ? null : await lockApiKey(tx, id);
  // A secret is for the people of the key's own account.
  if (apiKey === null || apiKey.accountId !== (ctx.viewer as PersonViewer).accountId) return apiKeyNotFound();
  const refused =
    refusesEnded(apiKey, ctx.now) ??
    refusesMoreThanHeld(apiKey, ctx.viewer) ??
    refusesHigherRole(await findOwnerRole(tx, apiKey), ctx.viewer as PersonViewer, ['input', 'apiKeyId']);
  if (refused !== null) return refused;
  return await newSecret(tx, apiKey, ctx.now, overlap);
}

/** Returns a locked key a new secret; the one in force is good for so many minutes more. */
export async function newSecret(tx: EntityManager, apiKey: ApiKeyRow, now: Date, overlap = 0) {
  const { text, hash, lastFour } = newApiKey();
  const until = new Date(now.getTime() + overlap * 60_000);
  await saveRotation(tx, apiKey.id, { hash, lastFour, until, at: now });
  const rotated = { ...apiKey, lastFour, rotatedAt: now, previousUntil: overlap === 0 ? null : until };
  return { apiKey: rotated, secret: text };
}
