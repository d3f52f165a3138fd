import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { holds, type PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { endingOf } from './loginAs.ts';
import { loginAsNotFound } from './loginAsNotFound.ts';
import { lockLoginAs, saveLoginAsEnd } from './loginAsStore.ts';

export const loginAsEnd =
  (config: IdentityConfig): MutationResolvers['loginAsEnd'] =>
  async (_root, { input }, ctx) => {
    const viewer = ctx.viewer as PersonViewer;
    const at = realNow(config);
    const outcome = await ctx.write(async (tx) => {
      const id = readId(input.loginAsId);
      const loginAs = id === null ? null : await lockLoginAs(tx, id);
      // Policies know accounts, not areas: without SECURITY one ends one's own only.
      const may = loginAs !== null && (loginAs.actorUserId === viewer.userId || holds(viewer, 'SECURITY', 'WRITE'));
      if (!may) return loginAsNotFound();
      if (endingOf(loginAs, at) !== null) return loginAs;

      await saveLoginAsEnd(tx, loginAs.id, viewer.userId, at);
      return { ...loginAs, endedAt: at, endedBy: viewer.userId };
    });
    return outcome instanceof Refusal ? { loginAs: null, userErrors: [outcome] } : { loginAs: outcome, userErrors: [] };
  };
