import { addToTrail } from '@comptoir/shared/audit/trail.ts';
import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { TrailTable } from './trailTables.ts';

export const internalDenialRecord: MutationResolvers['internalDenialRecord'] = async (_root, { input }, ctx) => {
  const id = readId(input.decisionId);
  const userId = input.userId == null ? null : readId(input.userId);
  if (id === null || (userId === null && input.userId != null)) throw badInput('That is no id.', ['input']);
  const { address = null, requestId, code, rule } = input;
  // Whom the row is about, not who brings it: the gateway.
  const call = { kind: 'ANONYMOUS', address, requestId } as const;
  const person: Viewer =
    userId === null
      ? { ...call, userId, sessionId: null }
      : { ...call, userId, sessionId: input.sessionId ?? null, networks: [] };
  const accountId = input.accountId == null ? null : readId(input.accountId);
  const note = {
    ...(accountId === null ? {} : { accountId }),
    ...(input.keyId == null ? {} : { keyId: input.keyId }),
  };
  await ctx.system('record what the gateway refused', async (tx) => {
    if (await tx.existsBy(TrailTable, { id })) return;
    await addToTrail(
      tx,
      [{ id, decision: 'DENIED', action: 'request', code, rule: rule ?? null, note }],
      person,
      ctx.now,
    );
  });
  return { recorded: true };
};
