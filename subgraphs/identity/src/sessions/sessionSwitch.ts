import { unauthenticated } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { type EntryRefusal, enter } from '../people/doors.ts';
import { loadEntries } from '../people/peopleStore.ts';
import { lockOpenSession, saveSessionAccount } from './sessionStore.ts';
import { type SessionInForce, sessionTokens } from './sessionTokens.ts';

export const sessionSwitch =
  (config: IdentityConfig): MutationResolvers['sessionSwitch'] =>
  async (_root, { input }, ctx) => {
    // Guarded by `person`: there is a session, with or without an account.
    const { sessionId, address } = ctx.viewer as PersonViewer;
    const at = realNow(config);
    const outcome = await ctx.system(
      'switch the account of a session',
      async (tx): Promise<SessionInForce | EntryRefusal> => {
        const session = await lockOpenSession(tx, sessionId, at);
        if (session === null) throw unauthenticated('The session has ended. Log in again.');
        const entries = await loadEntries(tx, session.userId);
        const chosen = enter('SWITCH', entries, readId(input.accountId) ?? '', address);
        if (chosen instanceof Refusal) return chosen;
        if (chosen !== null) await saveSessionAccount(tx, session.id, chosen.accountId);
        return { sessionId, userId: session.userId, refreshToken: null, expiresAt: session.expiresAt, chosen, entries };
      },
    );
    if (outcome instanceof Refusal) return { session: null, userErrors: [outcome] };
    return { session: await sessionTokens(outcome, config, at), userErrors: [] };
  };
