import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { InvitationRow } from './invitationTables.ts';

export const refusedPayload = <Code extends string>(refused: Refusal<Code>, retryAt: Date | null = null) => ({
  invitation: null,
  retryAt,
  userErrors: [refused],
});

/** The payload of what asks for a mail: the invitation, or why not and when it can be tried again. */
export const invitedPayload = <Code extends string>(outcome: InvitationRow | Refusal<Code>, retryAt: Date | null) =>
  outcome instanceof Refusal
    ? refusedPayload(outcome, retryAt)
    : { invitation: outcome, retryAt: null, userErrors: [] };
