import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { newApiKey } from '@comptoir/shared/viewer/apiKey.ts';
import { areaText } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { ApiKeyCreateInput, MutationResolvers } from '../../generated/graphql.ts';
import { onceForKey } from '../base/idempotency.ts';
import type { SubgraphContext } from '../context.ts';
import { shownWithoutSecret } from './apiKeyAnswers.ts';
import { readKey, refusesWholeAccount } from './apiKeyRules.ts';
import { addApiKey } from './apiKeyStore.ts';
import type { ApiKeyRow } from './apiKeyTables.ts';

export const apiKeyCreate: MutationResolvers['apiKeyCreate'] = async (_root, { input }, ctx) => {
  // A key is its maker's own: a colleague who sends the same intention is not told of it.
  const intention = { mutation: 'apiKeyCreate', input, by: (ctx.viewer as PersonViewer).userId };
  const outcome = await onceForKey(ctx, intention, shownWithoutSecret(ctx), (once) =>
    ctx.write((tx) => once(tx, () => create(tx, input, ctx))),
  );
  if (outcome instanceof Refusal) return { apiKey: null, secret: null, userErrors: [outcome] };
  return { ...outcome, userErrors: [] };
};

async function create(tx: EntityManager, input: ApiKeyCreateInput, ctx: SubgraphContext) {
  const viewer = ctx.viewer as PersonViewer;
  const ofAccount = input.owner === 'ACCOUNT';
  const limited = ofAccount ? refusesWholeAccount(viewer, ['input', 'owner']) : null;
  if (limited !== null) return limited;
  const wished = {
    name: input.name,
    areas: input.areas,
    networks: input.networks ?? [],
    notBefore: input.notBefore ?? null,
    expiresAt: input.expiresAt ?? null,
    accounts: input.accounts ?? null,
    creditBudget: input.creditBudget ?? null,
  };
  const read = readKey(wished, viewer, ctx.now);
  if (read instanceof Refusal) return read;
  const { text, hash, lastFour } = newApiKey();
  const apiKey: ApiKeyRow = {
    id: newId(),
    accountId: viewer.accountId,
    userId: ofAccount ? null : viewer.userId,
    createdBy: viewer.userId,
    name: read.name,
    lastFour,
    areas: read.areas.map(areaText),
    networks: read.networks,
    notBefore: read.notBefore,
    expiresAt: read.expiresAt,
    revokedAt: null,
    createdAt: ctx.now,
    lastUsedAt: null,
    accounts: read.accounts,
    preview: input.preview ?? false,
    creditBudget: read.creditBudget,
    previousUntil: null,
    rotatedAt: null,
  };
  await addApiKey(tx, apiKey, hash);
  return { apiKey, secret: text };
}
